(function () {
  "use strict";
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var coarse = window.matchMedia("(pointer: coarse)").matches;
  var hover = window.matchMedia("(hover: hover)").matches;
  var plots = Array.prototype.slice.call(document.querySelectorAll(".plot"));
  var waiting = plots.slice();
  var printing = false;

  function theme() {
    var night = dark.matches && !printing;
    var ink = night ? "#e8ebee" : "#1b2026";
    var line = night ? "#57616b" : "#9aa4ae";
    var grid = night ? "#2b333b" : "#e6eaee";
    var axis = {
      color: ink, gridcolor: grid, linecolor: line, zerolinecolor: line, tickcolor: line,
      showline: true, ticks: "outside", ticklen: 4, zeroline: false
    };
    return { layout: {
      font: { family: "system-ui, 'Segoe UI', Roboto, Arial, sans-serif", size: 12, color: ink },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: night ? "#14181d" : "#ffffff",
      xaxis: axis, yaxis: axis,
      colorscale: { sequential: night
        ? [[0, "#1d2329"], [0.02, "#20384a"], [0.5, "#2f78a8"], [1, "#8fd0fa"]]
        : [[0, "#f3f6f8"], [0.02, "#d8e8f3"], [0.5, "#5fa3cf"], [1, "#005a94"]] },
      hoverlabel: { namelength: -1, bgcolor: night ? "#2b333b" : "#ffffff", bordercolor: line, font: { color: ink }, align: "left" },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: line, activecolor: ink },
      annotationdefaults: { font: { color: ink, size: 11 }, showarrow: false }
    } };
  }

  function wrap(text, most) {
    return text.split(" ").reduce(function (lines, word) {
      var longer = (lines[lines.length - 1] + " " + word).trim();
      if (longer.length <= most) { lines[lines.length - 1] = longer; } else { lines.push(word); }
      return lines;
    }, [""]).join("<br>");
  }

  function fit(layout, width) {
    Object.keys(layout).forEach(function (key) {
      var axis = /^[xy]axis/.test(key) ? layout[key] : null;
      if (!axis) { return; }
      if (coarse) { axis.fixedrange = true; }
      if (key.charAt(0) === "x" && axis.title && width < 420) {
        axis.title.text = wrap(axis.title.text, Math.round(width / 12));
      }
    });
  }

  function draw(plot) {
    var data = JSON.parse(document.getElementById(plot.dataset.figure + "-data").textContent);
    var layout = data.layout;
    layout.template = theme();
    layout.autosize = true;
    layout.showlegend = false;
    layout.dragmode = coarse ? false : "zoom";
    layout.hovermode = layout.hovermode || "closest";
    layout.margin = Object.assign({ l: 12, r: 14, t: 26, b: 12 }, layout.margin);
    fit(layout, plot.clientWidth);
    return window.Plotly.newPlot(plot, data.traces, layout, {
      displaylogo: false, responsive: true, plotlyServerURL: "",
      displayModeBar: hover ? "hover" : false,
      modeBarButtons: [["toImage"], ["zoom2d", "pan2d", "resetScale2d"]],
      toImageButtonOptions: { format: "svg", filename: plot.dataset.title.replace(/[^\w-]+/g, "_") }
    });
  }

  function next() {
    var plot = waiting.shift();
    if (!plot) {
      document.documentElement.dataset.figures = "drawn";
      return;
    }
    draw(plot).then(function () { window.setTimeout(next, 0); });
  }

  function drawn() {
    return plots.filter(function (plot) { return waiting.indexOf(plot) < 0 && plot._fullLayout; });
  }

  function repaint() {
    drawn().forEach(function (plot) { window.Plotly.relayout(plot, { template: theme() }); });
  }

  function press(key, on) {
    key.setAttribute("aria-pressed", String(on));
    return key.dataset.traces.split(" ").map(Number);
  }

  document.querySelectorAll(".legend").forEach(function (legend) {
    var plot = document.querySelector('.plot[data-figure="' + legend.dataset.figure + '"]');
    legend.addEventListener("click", function (event) {
      var button = event.target.closest("button");
      if (!button || !plot._fullLayout) { return; }
      var all = button.dataset.all;
      var on = all ? all === "true" : button.getAttribute("aria-pressed") !== "true";
      var keys = all ? legend.querySelectorAll(".key") : [button];
      var traces = [];
      keys.forEach(function (key) { traces = traces.concat(press(key, on)); });
      window.Plotly.restyle(plot, { visible: on }, traces);
    });
  });

  window.addEventListener("beforeprint", function () {
    printing = true;
    document.querySelectorAll("details:not([data-long])").forEach(function (details) {
      details.dataset.was = details.open ? "open" : "";
      details.open = true;
    });
    while (waiting.length) { draw(waiting.shift()); }
    drawn().forEach(function (plot) {
      var width = plot.closest(".row:not(.stacked)") ? 325 : 675;
      window.Plotly.relayout(plot, { template: theme(), width: width, autosize: false });
    });
  });

  window.addEventListener("afterprint", function () {
    printing = false;
    document.querySelectorAll("details:not([data-long])").forEach(function (details) {
      details.open = details.dataset.was === "open";
    });
    drawn().forEach(function (plot) {
      window.Plotly.relayout(plot, { template: theme(), width: null, autosize: true });
    });
  });

  dark.addEventListener("change", repaint);
  next();
})();
