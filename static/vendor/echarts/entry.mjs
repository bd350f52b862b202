// What of ECharts is shipped. Another kind of picture: one more import here, then script/vendor.
import * as core from "echarts/core";
import { BarChart, FunnelChart, LineChart, PieChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

core.use([
  BarChart, FunnelChart, LineChart, PieChart,
  AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent,
  CanvasRenderer,
]);
export const init = core.init;
