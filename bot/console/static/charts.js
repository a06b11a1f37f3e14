/* Draws what stands in data-chart: {kind: line | bar, x: [words], series: [{name, values}], percent: true}.
 * The colours are the page's own, light or dark; the numbers stand in a table beside every chart. */
(function () {
  "use strict";

  function colour(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

  /* How many lines the legend takes: Chinese characters of 12 pixels beside a mark. */
  function legendLines(chart, width) {
    var lines = 1, used = 0;
    chart.series.forEach(function (one) {
      var wide = one.name.length * 12 + 34;
      if (used && used + wide > width) { lines += 1; used = 0; }
      used += wide;
    });
    return lines;
  }

  function option(chart, width) {
    var ink = colour("--ink-soft"), line = colour("--line");
    return {
      animation: false,
      aria: { enabled: true, decal: { show: false } },
      color: [colour("--leaf"), colour("--red"), colour("--amber"), colour("--blue")],
      textStyle: { fontFamily: colour("--sans") },
      grid: { left: 8, right: 16, top: 14 + 22 * legendLines(chart, width), bottom: 8, containLabel: true },
      legend: { top: 0, left: 0, textStyle: { color: ink }, itemWidth: 14, itemHeight: 10 },
      // Drawn on the canvas: the page's security policy lets no script write styles into the page.
      tooltip: { trigger: "axis", renderMode: "richText", confine: true },
      xAxis: {
        type: chart.scale ? "value" : "category", data: chart.scale ? undefined : chart.x, name: chart.x_name || "",
        nameLocation: "middle", nameGap: 28, axisLabel: { color: ink, hideOverlap: true }, axisLine: { lineStyle: { color: line } },
        splitLine: { show: false }
      },
      yAxis: {
        type: "value", min: 0, max: chart.percent ? 1 : undefined, minInterval: chart.percent ? undefined : 1,
        axisLabel: { color: ink, formatter: chart.percent ? function (value) { return Math.round(value * 100) + "%"; } : undefined },
        splitLine: { lineStyle: { color: line } }
      },
      series: chart.series.map(function (one, k) {
        return {
          name: one.name, type: chart.kind, data: one.values, symbolSize: 6, barMaxWidth: 22,
          lineStyle: { width: 2.5, type: ["solid", "dashed", "dotted", "solid"][k % 4] }
        };
      })
    };
  }

  function draw(element) {
    var drawn = window.echarts.getInstanceByDom(element) || window.echarts.init(element);
    drawn.setOption(option(JSON.parse(element.dataset.chart), element.clientWidth), true);
    return drawn;
  }

  /* A point or a bar leads to the rows behind it, where data-urls gives their addresses. */
  function open(element) {
    if (!element.dataset.urls) { return; }
    var urls = JSON.parse(element.dataset.urls);
    window.echarts.getInstanceByDom(element).on("click", function (point) {
      var url = (urls[point.seriesIndex] || [])[point.dataIndex];
      if (url && point.value) { window.location.assign(url); }
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    var all = Array.prototype.slice.call(document.querySelectorAll("[data-chart]"));
    all.forEach(draw);
    all.forEach(open);
    window.addEventListener("resize", function () { all.forEach(function (element) { draw(element).resize(); }); });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () { all.forEach(draw); });
  });
}());
