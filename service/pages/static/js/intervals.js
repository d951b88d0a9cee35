// Methods with their intervals: a point for the mean, a line from low to high.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function line(params, api, rows) {
  const row = rows[params.dataIndex];
  const from = api.coord([row.low, params.dataIndex]);
  const to = api.coord([row.high, params.dataIndex]);
  const mean = api.coord([row.mean, params.dataIndex]);
  const fill = colour(row.subject ? "--accent" : "--line-strong");
  return {
    type: "group",
    children: [
      { type: "line", shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }, style: { stroke: fill, lineWidth: 2 } },
      { type: "circle", shape: { cx: mean[0], cy: mean[1], r: 5 }, style: { fill } },
    ],
  };
}

function draw(place) {
  const rows = JSON.parse(document.getElementById(place.dataset.intervals).textContent).rows;
  const chart = echarts.init(place);
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
      max: Math.max(...rows.map((row) => row.high)) * 1.05,
      axisLabel: { color: colour("--ink-3"), formatter: (value) => value.toFixed(2) },
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
        type: "custom",
        renderItem: (params, api) => line(params, api, rows),
        data: rows.map((row, at) => [row.mean, at]),
      },
    ],
  });
  window.addEventListener("resize", () => chart.resize());
}

window.addEventListener("load", () => document.querySelectorAll("[data-intervals]").forEach(draw));
