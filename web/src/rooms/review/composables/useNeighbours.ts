/** The items before and after this one in the queue; how fast it changes from one to the other. */
import { computed, nextTick, watch, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { filtersIn, neighbour, nextFree } from '../queue'
import type { ReviewShown } from '../fields'
import { useQueue } from './useQueue'
import { usePrefetch } from './useReview'

const SWITCH = 'review.switch'
const MARK = 'review.switch.start'

export function useNeighbours(
  id: Ref<string>,
  review: Ref<ReviewShown | undefined>,
  me: () => string,
) {
  const route = useRoute()
  const router = useRouter()
  const { rows } = useQueue(computed(() => filtersIn(route.query)))
  const prefetch = usePrefetch()
  const handled = new Set<string>()
  let measuring = false

  const next = computed(() => nextFree(rows.value, id.value, me(), handled))
  const hasNext = computed(() => next.value !== undefined)

  const open = (to: string): Promise<unknown> => {
    handled.delete(to)
    return router.push({ name: 'review-item', params: { id: to }, query: route.query })
  }

  /** Goes to the next free item, or back to the one before; false where there is none. */
  function go(by: 1 | -1): boolean {
    const to = by === 1 ? next.value : neighbour(rows.value, id.value, -1)
    if (!to) return false
    if (by === 1) handled.add(id.value)
    performance.clearMarks(MARK)
    performance.mark(MARK)
    measuring = true
    void router.push({ name: 'review-item', params: { id: to.id }, query: route.query })
    return true
  }

  /** The picture of the item is on the screen: what the switch took is told to the browser. */
  async function pictured(): Promise<void> {
    if (!measuring) return
    measuring = false
    await nextTick()
    requestAnimationFrame(() => performance.measure(SWITCH, MARK))
  }

  /** The words are; an item without a picture is done by that. */
  function drawn(): void {
    const pictures = review.value?.attachments.some((each) => each.pages.length > 0)
    if (!pictures) void pictured()
  }

  watch(
    [() => next.value?.id, () => review.value?.review.id],
    ([to, now]) => to && now && void prefetch(to),
    { immediate: true },
  )

  return { open, go, hasNext, pictured, drawn }
}
