/** What charts show, from numbers. Pure. Tooltips are drawn, never written as HTML. */
import type { BarSeriesOption, LineSeriesOption } from 'echarts/charts'
import type {
  GridComponentOption,
  LegendComponentOption,
  TooltipComponentOption,
} from 'echarts/components'
import type { ComposeOption } from 'echarts/core'

export type ChartOption = ComposeOption<
  | BarSeriesOption
  | LineSeriesOption
  | GridComponentOption
  | LegendComponentOption
  | TooltipComponentOption
>

/** The colours of the page as they are now. */
export interface Ink {
  font: string
  text: string
  faint: string
  line: string
  surface: string
  series: readonly [string, string, string]
}

export interface Line {
  name: string
  values: readonly number[]
}

const SMALL = 12

const tooltip = (ink: Ink): TooltipComponentOption => ({
  trigger: 'axis',
  renderMode: 'richText',
  confine: true,
  backgroundColor: ink.surface,
  borderColor: ink.line,
  textStyle: { color: ink.text, fontSize: SMALL },
})

const frame = (ink: Ink, moves: boolean): ChartOption => ({
  animation: moves,
  animationDuration: 300,
  textStyle: { fontFamily: ink.font, color: ink.text },
  tooltip: tooltip(ink),
  // The table beside it tells more than a sentence could.
  aria: { enabled: false },
})

const DASHES = ['solid', 'solid', 'dashed'] as const
const MARKS = ['circle', 'rect', 'triangle'] as const

/** Lines over days; told apart by colour, dash and mark. */
export function linesOf(
  days: readonly string[],
  lines: readonly Line[],
  ink: Ink,
  moves: boolean,
): ChartOption {
  return {
    ...frame(ink, moves),
    grid: { left: 8, right: 12, top: 36, bottom: 4, outerBoundsMode: 'same' },
    legend: { top: 0, left: 0, itemGap: 18, textStyle: { color: ink.text, fontSize: SMALL } },
    xAxis: {
      type: 'category',
      data: [...days],
      boundaryGap: days.length < 2,
      axisLabel: { color: ink.faint, hideOverlap: true, fontSize: SMALL },
      axisLine: { lineStyle: { color: ink.line } },
      axisTick: { show: false },
    },
    yAxis: {
      type: 'value',
      minInterval: 1,
      axisLabel: { color: ink.faint, fontSize: SMALL },
      splitLine: { lineStyle: { color: ink.line } },
    },
    series: lines.map((line, at) => ({
      type: 'line',
      name: line.name,
      data: [...line.values],
      color: ink.series[at % ink.series.length],
      symbol: MARKS[at % MARKS.length],
      symbolSize: 6,
      showSymbol: days.length <= 31,
      lineStyle: { width: 2, type: DASHES[at % DASHES.length] },
    })),
  } as ChartOption
}

export interface Bar {
  name: string
  value: number
  /** The value in words. */
  text: string
}

/** Bars beside their names, the first on top; `steps` by factors of ten. */
export function barsOf(bars: readonly Bar[], ink: Ink, moves: boolean, steps = false): ChartOption {
  const turned = [...bars].reverse()
  return {
    ...frame(ink, moves),
    tooltip: { show: false },
    grid: { left: 4, right: 96, top: 4, bottom: 4, outerBoundsMode: 'same' },
    xAxis: {
      type: steps ? 'log' : 'value',
      min: steps ? 0.1 : 0,
      axisLabel: { show: false },
      splitLine: { show: false },
      axisLine: { show: false },
      axisTick: { show: false },
    },
    yAxis: {
      type: 'category',
      data: turned.map((bar) => bar.name),
      axisLabel: { color: ink.text, fontSize: SMALL, width: 150, overflow: 'truncate' },
      axisLine: { show: false },
      axisTick: { show: false },
    },
    series: [
      {
        type: 'bar',
        data: turned.map((bar) => bar.value),
        color: ink.series[0],
        barMaxWidth: 18,
        itemStyle: { borderRadius: [0, 4, 4, 0] },
        label: {
          show: true,
          position: 'right',
          color: ink.text,
          fontSize: SMALL,
          formatter: (shown: { dataIndex: number }) => turned[shown.dataIndex]?.text ?? '',
        },
      },
    ],
  } as ChartOption
}
