// Methods with their intervals: a bar from low to high, a point at the mean.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function draw(place) {
  const rows = JSON.parse(document.getElementById(place.dataset.intervals).textContent).rows;
  const chart = echarts.init(place);
  const tint = (row) => colour(row.subject ? "--accent" : "--line-strong");
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("--ink-2") },
    grid: { left: 8, right: 24, top: 8, bottom: 8, containLabel: true },
    tooltip: {
      renderMode: "richText",
      formatter: (one) => {
        const row = rows[one.dataIndex];
        return `${row.name}\n${row.mean.toFixed(3)} (${row.low.toFixed(3)}–${row.high.toFixed(3)})`;
      },
    },
    xAxis: {
      type: "value",
      min: 0,
      axisLabel: { color: colour("--ink-3") },
      splitLine: { lineStyle: { color: colour("--line") } },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: rows.map((row) => row.name),
      axisLabel: { color: colour("--ink-2"), interval: 0 },
      axisLine: { lineStyle: { color: colour("--line-strong") } },
    },
    series: [
      {
        type: "bar",
        stack: "interval",
        silent: true,
        itemStyle: { color: "transparent" },
        data: rows.map((row) => row.low),
      },
      {
        type: "bar",
        stack: "interval",
        barMaxWidth: 5,
        data: rows.map((row) => ({
          value: row.high - row.low,
          itemStyle: { color: tint(row) },
        })),
      },
      {
        type: "scatter",
        symbolSize: 11,
        data: rows.map((row) => ({ value: row.mean, itemStyle: { color: tint(row) } })),
      },
    ],
  });
  window.addEventListener("resize", () => chart.resize());
}

window.addEventListener("load", () => document.querySelectorAll("[data-intervals]").forEach(draw));
