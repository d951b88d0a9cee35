// Horizontal bars from a table of names and values; the figures are in a table beside the chart.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function draw(place) {
  const rows = JSON.parse(document.getElementById(place.dataset.bars).textContent).rows;
  const chart = echarts.init(place);
  const font = getComputedStyle(document.body).fontFamily;
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: font, color: colour("--ink-2") },
    grid: { left: 8, right: 64, top: 8, bottom: 8, containLabel: true },
    tooltip: { renderMode: "richText" },
    xAxis: {
      type: "value",
      axisLabel: { color: colour("--ink-3") },
      splitLine: { lineStyle: { color: colour("--line") } },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: rows.map((row) => row.name),
      axisLabel: { color: colour("--ink-2") },
      axisLine: { lineStyle: { color: colour("--line-strong") } },
    },
    series: [
      {
        type: "bar",
        barMaxWidth: 26,
        data: rows.map((row) => row.value),
        itemStyle: { color: colour("--accent") },
        label: { show: true, position: "right", color: colour("--ink-2") },
      },
    ],
  });
  window.addEventListener("resize", () => chart.resize());
}

window.addEventListener("load", () => document.querySelectorAll("[data-bars]").forEach(draw));
