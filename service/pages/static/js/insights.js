// Plots of what an institution declares and does. The tables beside them hold the same rows.

const data = JSON.parse(document.getElementById("plots").textContent);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const charts = [];

function options(plot, percent) {
  const ink = colour("--ink-2");
  const axis = { axisLabel: { color: ink }, axisLine: { lineStyle: { color: colour("--line") } } };
  const say = (value) => (value === null ? "–" : percent ? `${Math.round(value * 100)}%` : value);
  const series = (name, tone) => ({
    name: data.words[name],
    type: "bar",
    barMaxWidth: 22,
    data: plot[name],
    itemStyle: { color: colour(tone) },
  });
  const labels = plot.declared
    ? plot.labels.map((label, at) => (plot.declared[at] ? `★ ${label}` : label))
    : plot.labels;
  return {
    animation: false,
    textStyle: { fontFamily: "inherit" },
    legend: { bottom: 0, textStyle: { color: ink } },
    grid: { left: 8, right: 16, top: 8, bottom: 36, containLabel: true },
    tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: say },
    xAxis: {
      type: "value",
      max: percent ? 1 : undefined,
      minInterval: percent ? undefined : 1,
      ...axis,
      axisLabel: { color: ink, formatter: say },
      splitLine: { lineStyle: { color: colour("--line") } },
    },
    yAxis: { type: "category", inverse: true, data: labels, ...axis },
    series: [series("funded", "--accent"), series("contacted", "--warn")],
  };
}

function draw() {
  for (const place of document.querySelectorAll("[data-plot]")) {
    const name = place.dataset.plot;
    const plot = name === "thesis" ? data.thesis : data.dimensions[name];
    if (!plot || !plot.labels.length) {
      place.hidden = true;
      continue;
    }
    const chart = window.echarts.init(place);
    chart.setOption(options(plot, name === "thesis"));
    charts.push(chart);
  }
}

if (window.echarts) draw();
window.addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
