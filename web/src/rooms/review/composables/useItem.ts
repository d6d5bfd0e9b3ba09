/** One item in work: what is shown, the hold on it, the edits, and a version that moved on. */
import { computed, shallowRef, watch, type Ref } from 'vue'
import { differences } from '../edits'
import type { FieldRow, ReviewShown } from '../fields'
import { useCorrections } from './useCorrections'
import { useLease } from './useLease'
import { usePlace } from './usePlace'
import { useReveal } from './useReveal'
import { useReview } from './useReview'

interface Stale {
  before: readonly FieldRow[]
  /** How the review ended, where it did. */
  closed: string | null
}

export function useItem(id: Ref<string>) {
  const query = useReview(id)
  const reveal = useReveal(
    id,
    computed(() => query.data.value?.data),
  )
  const review = reveal.review
  const etag = computed(() => query.data.value?.etag ?? '')
  const place = usePlace(review)
  const corrections = useCorrections(id)
  const lease = useLease((version) => void moved(version))
  const stale = shallowRef<Stale | null>(null)
  const holders = shallowRef<readonly string[]>([])

  const open = computed(() => review.value?.review.status === 'open')
  const mayDecide = computed(
    () => Boolean(review.value?.may_decide) && open.value && lease.held.value && !stale.value,
  )
  const changes = computed(() =>
    stale.value
      ? differences(stale.value.before, place.allRows.value, corrections.edits.value)
      : [],
  )

  /** Fetches what stands now; where it is another version, what was seen is kept to compare. */
  async function lookAgain(): Promise<void> {
    const before = place.allRows.value
    const was = etag.value
    await query.refetch()
    const now = review.value
    if (!now || (etag.value === was && now.review.status === 'open')) return
    const closed = now.review.status === 'open' ? null : now.review.status
    if (closed) lease.forget()
    if (corrections.count.value > 0 || closed) stale.value = { before, closed }
  }

  /** The hold tells the claim's version: another one than what is shown is looked at anew. */
  async function moved(version: number): Promise<void> {
    if (review.value && etag.value !== `"${version}"`) await lookAgain()
  }

  /** Sends the edits; false where they were not taken in. */
  async function save(): Promise<boolean> {
    if (corrections.count.value === 0) return true
    const before = place.allRows.value
    const answer = await corrections.save({ review: id.value, etag: etag.value })
    if (answer) {
      holders.value = answer.held
      await query.refetch()
      return true
    }
    const code = corrections.problem.value?.code
    if (code === 'stale') {
      await query.refetch()
      const status = review.value?.review.status ?? 'open'
      stale.value = { before, closed: status === 'open' ? null : status }
    } else if (code === 'lease_lost') lease.lose()
    return false
  }

  async function applyAgain(): Promise<void> {
    corrections.rebase(place.allRows.value)
    stale.value = null
    await save()
  }

  function discard(): void {
    corrections.clear()
    stale.value = null
  }

  const take = (): void => void lease.take(id.value)

  watch(id, () => (holders.value = []), { flush: 'sync' })
  watch(id, () => (stale.value = null), { flush: 'sync' })
  useHolding(id, () => Boolean(review.value?.may_decide && open.value), review, lease)

  return {
    query, review, reveal, etag, place, corrections, lease, stale, changes, holders, open, mayDecide,
    save, applyAgain, discard, take, lookAgain,
  } // prettier-ignore
}

/** Takes a review when it is opened, and hands it back when another one is. */
function useHolding(
  id: Ref<string>,
  wanted: () => boolean,
  review: Ref<ReviewShown | undefined>,
  lease: ReturnType<typeof useLease>,
): void {
  watch(
    id,
    () => {
      lease.handBack()
      lease.forget()
    },
    { flush: 'sync' },
  )
  watch(
    () => (wanted() ? review.value?.review.id : null),
    (now) => {
      if (now && now === id.value && lease.state.value === 'none') void lease.take(now)
    },
    { immediate: true },
  )
}
