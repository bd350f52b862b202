// Pictures: draws every <div data-chart='{…}'> that keyaccounts.common.charts describes, with the colours of the
// theme, on a canvas (the content security policy allows no markup with styles). The engine is fetched when the
// first picture comes into a page, whether with it or by htmx.
(function () {
  "use strict";
  const engine = document.currentScript.dataset.engine;
  const NARROW = 560;
  let loading = null;
  const load = () =>
    (loading ||= new Promise((give, fail) => {
      const script = document.createElement("script");
      script.src = engine;
      script.onload = give;
      script.onerror = fail;
      document.head.append(script);
    }));

  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue(`--${name}`).trim();
    return {
      text: getComputedStyle(document.body).color,
      muted: of("grey"),
      line: of("line"),
      surface: of("surface"),
      tone: {
        accent: of("chart-accent"),
        second: of("chart-second"),
        grey: of("chart-grey"),
        pale: of("chart-pale"),
        done: of("chart-done"),
        soon: of("chart-soon"),
        late: of("chart-late"),
      },
    };
  };

  // As long as people say it: 1.5万 on an axis, 15,000.00 元 in words.
  const short = (value) => {
    const size = Math.abs(value);
    if (size >= 1e8) return `${+(value / 1e8).toFixed(2)}亿`;
    if (size >= 1e4) return `${+(value / 1e4).toFixed(2)}万`;
    return String(+value.toFixed(2));
  };
  const exact = (chart) => (value) =>
    value === null || value === undefined || value === "-"
      ? "—"
      : Number(value).toLocaleString("zh-CN", { minimumFractionDigits: chart.digits, maximumFractionDigits: chart.digits }) +
        (chart.unit ? ` ${chart.unit}` : "");

  function option(chart, width) {
    const colour = colours();
    const say = exact(chart);
    const lying = chart.kind === "bars";
    const round = chart.kind === "pie" || chart.kind === "funnel";
    const narrow = width < NARROW;
    const text = { color: colour.muted, fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily };
    const common = {
      animation: false,
      textStyle: { fontFamily: text.fontFamily },
      aria: { enabled: false }, // the table behind says it better
      legend: { show: chart.kind === "pie" || chart.series.length > 1, top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 8, textStyle: text },
      tooltip: {
        trigger: round ? "item" : "axis",
        renderMode: "richText",
        confine: true,
        backgroundColor: colour.surface,
        borderColor: colour.line,
        textStyle: { ...text, color: colour.text },
        axisPointer: { type: chart.kind === "line" ? "line" : "shadow", shadowStyle: { color: colour.line, opacity: 0.35 } },
        valueFormatter: say,
      },
    };
    if (round) {
      const shades = ["accent", "second", "grey", "soon", "done", "pale"];
      const series = chart.series[0];
      return {
        ...common,
        series: [
          {
            type: chart.kind,
            name: series.name,
            ...(chart.kind === "pie" ? { radius: ["48%", "74%"], top: 24 } : { sort: "none", left: 0, right: narrow ? 110 : "25%", top: 8, bottom: 8, gap: 2 }),
            data: chart.labels.map((name, i) => ({
              name,
              value: series.values[i],
              itemStyle: { color: colour.tone[(series.tones || [])[i] || shades[i % shades.length]], borderColor: colour.surface, borderWidth: 2 },
            })),
            label: { ...text, show: chart.kind === "funnel" || !narrow, formatter: (item) => `${item.name} ${short(item.value)}` },
          },
        ],
      };
    }
    const names = {
      type: "category",
      data: chart.labels,
      inverse: lying,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colour.line } },
      axisLabel: { ...text, ...(lying ? { width: narrow ? 84 : 150, overflow: "truncate", interval: 0 } : { hideOverlap: true }) },
    };
    const plain = lying && chart.series.length === 1; // its bars say their numbers themselves
    const values = {
      type: "value",
      show: !plain,
      axisLabel: { ...text, formatter: short, hideOverlap: true },
      splitLine: { lineStyle: { color: colour.line } },
      splitNumber: narrow ? 3 : 5,
      minInterval: chart.digits ? 0 : 1,
    };
    return {
      ...common,
      grid: { left: 4, right: lying ? 48 : 16, top: chart.series.length > 1 ? 40 : plain ? 4 : 16, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      xAxis: lying ? values : names,
      yAxis: lying ? names : values,
      series: chart.series.map((series, number) => {
        const type = series.kind || (chart.kind === "line" ? "line" : "bar");
        const shade = colour.tone[series.tone] || colour.tone.accent;
        return {
          type,
          name: series.name,
          stack: series.stack || undefined,
          barMaxWidth: 26,
          symbol: "circle",
          symbolSize: 6,
          showSymbol: chart.labels.length < 16,
          lineStyle: { width: 2, type: series.dashed ? "dashed" : "solid", color: shade },
          itemStyle: { color: shade, borderRadius: type === "bar" && !series.stack ? (lying ? [0, 3, 3, 0] : [3, 3, 0, 0]) : 0 },
          data: series.values.map((value, i) => {
            const own = (series.tones || [])[i];
            return own ? { value, itemStyle: { color: colour.tone[own] } } : value;
          }),
          label: { ...text, show: plain, position: "right", formatter: (item) => short(item.value) },
          markLine:
            number === 0 && chart.mark
              ? {
                  silent: true,
                  symbol: "none",
                  label: { ...text, formatter: chart.mark.label, position: chart.mark.value === undefined || lying ? "end" : "insideEndTop" },
                  lineStyle: { color: colour.tone.accent, type: "dashed" },
                  data: [chart.mark.value === undefined ? { xAxis: chart.mark.at } : { [lying ? "xAxis" : "yAxis"]: chart.mark.value }],
                }
              : undefined,
        };
      }),
    };
  }

  const height = (chart, width) => {
    if (chart.kind === "bars") return chart.labels.length * (chart.series.some((s) => !s.stack) && chart.series.length > 1 ? 44 : 32) + (chart.series.length > 1 ? 72 : 24);
    return width < NARROW ? 240 : 280;
  };

  const drawn = new Map();
  function draw(place) {
    const chart = JSON.parse(place.dataset.chart);
    const width = place.clientWidth;
    if (!width) return; // in a closed part: drawn when it opens, by the observer
    place.style.height = `${height(chart, width)}px`;
    let picture = drawn.get(place);
    if (!picture) {
      picture = window.echarts.init(place, null, { renderer: "canvas" });
      drawn.set(place, picture);
      picture.on("click", (mark) => {
        const target = (chart.urls || [])[mark.dataIndex];
        if (target) location.assign(target);
      });
    }
    picture.resize();
    picture.setOption(option(chart, width), true);
  }
  const watch = new ResizeObserver((seen) => seen.forEach((entry) => draw(entry.target)));

  function ready(root) {
    const places = Array.from((root || document).querySelectorAll("[data-chart]")).filter((place) => !drawn.has(place));
    drawn.forEach((picture, place) => {
      if (!place.isConnected) {
        picture.dispose();
        watch.unobserve(place);
        drawn.delete(place);
      }
    });
    if (places.length) load().then(() => places.forEach((place) => watch.observe(place)));
  }
  document.addEventListener("themechange", () => drawn.forEach((_picture, place) => draw(place)));
  ready(document);
  document.body.addEventListener("htmx:afterSwap", (event) => ready(event.target.parentElement || event.target));
})();
