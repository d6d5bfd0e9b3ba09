/** Deciding: reasons, a moment to undo it, what the server says against it, and on to the next. */
import { useQueryClient } from '@tanstack/vue-query'
import { ElMessage } from 'element-plus'
import { computed, ref, shallowRef, type Ref } from 'vue'
import { shortId } from '@/ui/names'
import { useAnnounce } from '@/ui/useAnnounce'
import type { Problem } from '@/api/problem'
import type { Failed } from '../components/UndoBar.vue'
import { useHeldVerdict, type HeldVerdict, type Verdict } from './useHeldVerdict'
import { reviewKey } from './useReview'
import type { useItem } from './useItem'

export type Asking = 'reject' | 'approve' | 'ask' | 'held' | 'needed'

interface Way {
  t: (key: string, named?: Record<string, string>) => string
  id: Ref<string>
  item: ReturnType<typeof useItem>
  /** Goes on to the next item; false where there is none. */
  next: () => boolean
  open: (id: string) => Promise<unknown>
  finish: () => void
}

const DONE = { approve: 'undo.approved', reject: 'undo.rejected', ask: 'undo.asked' } as const

export function useDeciding({ t, id, item, next, open, finish }: Way) {
  const client = useQueryClient()
  const announce = useAnnounce()
  const asking = ref<Asking | null>(null)
  const failed = shallowRef<Failed | null>(null)
  const verdicts = useHeldVerdict({ done, failed: refused })
  const dialog = computed({
    get: () => asking.value !== null,
    set: (opens: boolean) => {
      if (!opens) asking.value = null
    },
  })

  function done(held: HeldVerdict, final: boolean): void {
    const claim = shortId(held.claim)
    ElMessage.success(t(final ? DONE[held.verdict.kind] : 'undo.first', { claim }))
    client.removeQueries({ queryKey: reviewKey(held.review), type: 'inactive' })
    void client.invalidateQueries({ queryKey: ['reviews'] })
    if (id.value === held.review) finish()
  }

  function refused(held: HeldVerdict, problem: Problem): void {
    failed.value = { held, problem }
    if (id.value === held.review) void reopen()
  }

  async function decide(verdict: Verdict): Promise<void> {
    asking.value = null
    failed.value = null
    if (!item.mayDecide.value || !(await item.save())) return
    const review = item.review.value
    if (!review) return
    // Not handed back: the decision needs the hold.
    item.lease.forget()
    verdicts.hold(review.review.id, review.claim.id, item.etag.value, verdict)
    announce(t(`undo.${verdict.kind}`, { claim: shortId(review.claim.id) }))
    next()
  }

  const approve = (): void => void decide({ kind: 'approve', reason: '', despiteHeld: false })

  function ask(what: Asking): void {
    if (item.mayDecide.value) asking.value = what
  }

  function confirmed(reason: string): void {
    const what = asking.value
    if (what === 'ask') void decide({ kind: 'ask', reason })
    else if (what === 'reject') void decide({ kind: 'reject', reason, despiteHeld: false })
    else void decide({ kind: 'approve', reason, despiteHeld: what === 'held' })
  }

  /** Takes a decision back that was not sent yet. */
  async function undo(): Promise<boolean> {
    const held = verdicts.undo()
    if (!held) return false
    announce(t('undo.undone'))
    if (id.value === held.review) item.take()
    else await open(held.review)
    return true
  }

  /** Back to the claim whose decision was not taken in, where it can be mended. */
  async function reopen(): Promise<void> {
    const was = failed.value
    if (!was) return
    if (id.value !== was.held.review) await open(was.held.review)
    await item.lookAgain()
    if (item.open.value && item.review.value?.may_decide && !item.lease.held.value)
      await item.lease.take(was.held.review)
    if (was.problem.code === 'invoices_held') asking.value = 'held'
    else if (was.problem.code === 'reason_required') asking.value = 'needed'
    if (asking.value !== null || was.problem.code === 'stale') failed.value = null
  }

  const dismiss = (): void => {
    failed.value = null
  }

  return { asking, dialog, failed, verdicts, approve, ask, confirmed, undo, reopen, dismiss }
}
