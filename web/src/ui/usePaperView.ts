/** Moving about on a page: wheel, pinch, drag, keys. */
import { useElementSize, usePreferredReducedMotion } from '@vueuse/core'
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import {
  fit,
  fitWidth,
  kept,
  moved,
  nextTurn,
  revealing,
  transformOf,
  zoomedAt,
  type Point,
  type Size,
  type View,
} from './paperGeometry'
import type { Box } from './papers'

export const ZOOM_STEP = 1.25
const PAN_STEP = 60
const DRAG_MIN = 5
const WHEEL_LINE = 16

export function usePaperView(frame: Ref<HTMLElement | null>, page: Ref<Size | null>) {
  const { width, height } = useElementSize(frame)
  const reduced = usePreferredReducedMotion()
  const view = shallowRef<View>({ scale: 1, x: 0, y: 0, turn: 0 })
  /** Whether somebody chose what is seen; else the page is fitted again when the room changes. */
  const chosen = ref(false)
  /** Whether the picture glides to its new place. */
  const gliding = ref(false)
  const screen = computed<Size>(() => ({ width: width.value, height: height.value }))
  const ready = computed(() => page.value !== null && width.value > 0 && height.value > 0)
  const transform = computed(() => (page.value ? transformOf(view.value, page.value) : 'none'))

  function show(next: View, glide = false): void {
    gliding.value = glide && reduced.value !== 'reduce'
    view.value = next
  }

  function refit(glide = false): void {
    if (!page.value || !ready.value) return
    chosen.value = false
    show(fit(page.value, screen.value, view.value.turn), glide)
  }

  function refitWidth(): void {
    if (!page.value || !ready.value) return
    chosen.value = true
    show(fitWidth(page.value, screen.value, view.value.turn), true)
  }

  function zoom(factor: number, at?: Point, glide = true): void {
    if (!page.value || !ready.value) return
    chosen.value = true
    const middle = { x: width.value / 2, y: height.value / 2 }
    const least = fit(page.value, screen.value, view.value.turn).scale / 2
    show(kept(zoomedAt(view.value, at ?? middle, factor, least), page.value, screen.value), glide)
  }

  function pan(by: Point, glide = false): void {
    if (!page.value) return
    chosen.value = true
    show(moved(view.value, by, page.value, screen.value), glide)
  }

  function turn(step: 90 | -90): void {
    view.value = { ...view.value, turn: nextTurn(view.value.turn, step) }
    refit()
  }

  function reveal(box: Box): void {
    if (!page.value || !ready.value) return
    const next = revealing(view.value, box, page.value, screen.value)
    if (next === view.value) return
    chosen.value = true
    show(next, true)
  }

  watch([page, width, height], ([now], [before]) => {
    if (now !== before || !chosen.value) refit()
    else if (page.value) show(kept(view.value, page.value, screen.value))
  })

  return { view, transform, gliding, ready, zoom, pan, turn, refit, refitWidth, reveal }
}

type PaperView = ReturnType<typeof usePaperView>

/** The pointers on a page. `tapped`: a press that moved nothing. */
export function usePaperPointers(frame: Ref<HTMLElement | null>, paper: PaperView) {
  const down = new Map<number, Point>()
  const dragging = ref(false)
  let travelled = 0

  const at = (event: PointerEvent | WheelEvent): Point => {
    const rect = frame.value?.getBoundingClientRect()
    return { x: event.clientX - (rect?.left ?? 0), y: event.clientY - (rect?.top ?? 0) }
  }

  function pressed(event: PointerEvent): void {
    if (event.button !== 0) return
    if (down.size === 0) travelled = 0
    down.set(event.pointerId, at(event))
  }

  function dragged(event: PointerEvent): void {
    const before = down.get(event.pointerId)
    if (!before) return
    const now = at(event)
    const others = [...down].filter(([id]) => id !== event.pointerId)
    const by = { x: now.x - before.x, y: now.y - before.y }
    travelled += Math.abs(by.x) + Math.abs(by.y)
    down.set(event.pointerId, now)
    const other = others[0]?.[1]
    if (other) {
      const apart = (point: Point): number => Math.hypot(point.x - other.x, point.y - other.y)
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 }
      paper.zoom(apart(now) / Math.max(1, apart(before)), middle, false)
      paper.pan({ x: by.x / 2, y: by.y / 2 })
    } else if (dragging.value || travelled > DRAG_MIN) {
      // From now on the page moves with the pointer, also outside of its frame.
      if (!dragging.value) frame.value?.setPointerCapture(event.pointerId)
      dragging.value = true
      paper.pan(by)
    }
  }

  function released(event: PointerEvent): void {
    down.delete(event.pointerId)
    if (down.size === 0) dragging.value = false
  }

  function wheeled(event: WheelEvent): void {
    event.preventDefault()
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? WHEEL_LINE : 1
    const speed = event.ctrlKey ? 0.01 : 0.0015
    paper.zoom(Math.exp(-event.deltaY * lines * speed), at(event), false)
  }

  /** Whether the press that just ended was a tap. */
  const tapped = (): boolean => travelled <= DRAG_MIN

  return { dragging, pressed, dragged, released, wheeled, tapped }
}

/** What a key does on a page; false where it does nothing. */
export function paperKey(event: KeyboardEvent, paper: PaperView, step: (by: number) => void) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false
  const does: Record<string, () => void> = {
    '+': () => paper.zoom(ZOOM_STEP),
    '=': () => paper.zoom(ZOOM_STEP),
    '-': () => paper.zoom(1 / ZOOM_STEP),
    _: () => paper.zoom(1 / ZOOM_STEP),
    '0': () => paper.refit(true),
    w: () => paper.refitWidth(),
    t: () => paper.turn(90),
    T: () => paper.turn(-90),
    ArrowLeft: () => paper.pan({ x: PAN_STEP, y: 0 }, true),
    ArrowRight: () => paper.pan({ x: -PAN_STEP, y: 0 }, true),
    ArrowUp: () => paper.pan({ x: 0, y: PAN_STEP }, true),
    ArrowDown: () => paper.pan({ x: 0, y: -PAN_STEP }, true),
    PageDown: () => step(1),
    PageUp: () => step(-1),
  }
  const act = does[event.key]
  act?.()
  return act !== undefined
}
