/** A claim and what happens to it, as it happens. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { api, toldWithVersion, type Shape } from '@/api/client'
import { asProblem } from '@/api/problem'
import { followEvents, type StreamEvent } from '@/ui/eventStream'
import { changesClaim, joined, wayOf, type ClaimEvent } from '../follow/steps'

const REFRESH_AFTER_MS = 150

export function useClaim(id: Ref<string>) {
  const queries = useQueryClient()
  const key = computed(() => ['claim', id.value])
  const asked = useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      toldWithVersion(
        api.GET('/api/claims/{claim_id}', { params: { path: { claim_id: id.value } }, signal }),
      ),
  })
  const whole = computed<Shape<'WholeClaim'> | null>(
    () => (asked.data.value?.data as Shape<'WholeClaim'> | undefined) ?? null,
  )
  const etag = computed(() => asked.data.value?.etag ?? '')
  let timer: ReturnType<typeof setTimeout> | null = null

  function refreshSoon(): void {
    if (timer !== null) return
    timer = setTimeout(() => {
      timer = null
      void queries.invalidateQueries({ queryKey: key.value })
      void queries.invalidateQueries({ queryKey: ['claims'] })
    }, REFRESH_AFTER_MS)
  }

  const { events, live, streamProblem, follow } = useEvents(id, refreshSoon)
  // An appeal or an override begins a story that had ended.
  watch(
    () => whole.value?.claim.version,
    (_, before) => {
      if (before !== undefined && !live.value) void follow()
    },
  )
  onScopeDispose(() => {
    if (timer !== null) clearTimeout(timer)
  })

  const way = computed(() =>
    whole.value === null
      ? null
      : wayOf(whole.value.claim.status, events.value, whole.value.attachments.length),
  )
  return { asked, whole, etag, events, live, way, streamProblem, refetch: asked.refetch }
}

/** The events of a claim as they happen; `changed`: after one that changes the claim. */
function useEvents(id: Ref<string>, changed: () => void) {
  const events = shallowRef<readonly ClaimEvent[]>([])
  /** Whether events arrive as they happen. */
  const live = ref(false)
  const streamProblem = shallowRef<unknown>(null)
  let control: AbortController | null = null

  function take(event: StreamEvent): void {
    const told = parsed(event.data)
    if (told === null) return
    const before = events.value
    events.value = joined(before, [told])
    if (events.value !== before && changesClaim(told.action)) changed()
  }

  async function follow(): Promise<void> {
    control?.abort()
    const mine = new AbortController()
    control = mine
    streamProblem.value = null
    try {
      await followEvents(`/api/claims/${encodeURIComponent(id.value)}/events`, {
        after: String(events.value.at(-1)?.id ?? ''),
        signal: mine.signal,
        take,
        line: (up) => (live.value = up),
      })
    } catch (error) {
      if (control === mine) streamProblem.value = asProblem(error)
    } finally {
      if (control === mine) live.value = false
    }
  }

  watch(
    id,
    () => {
      events.value = []
      void follow()
    },
    { immediate: true },
  )
  onScopeDispose(() => control?.abort())
  return { events, live, streamProblem, follow }
}

function parsed(data: string): ClaimEvent | null {
  try {
    const told = JSON.parse(data) as Partial<ClaimEvent>
    return typeof told.id === 'number' && typeof told.action === 'string'
      ? (told as ClaimEvent)
      : null
  } catch {
    return null
  }
}
