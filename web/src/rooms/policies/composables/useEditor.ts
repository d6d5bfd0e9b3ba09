/**
 * Tables under edit: every change can be undone, is checked by the server a moment later, and is
 * kept by the browser until it is saved or dropped.
 */
import { useDebounceFn, useEventListener } from '@vueuse/core'
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { onBeforeRouteLeave } from 'vue-router'
import { dropDraft, keepDraft, keptDraft } from '../drafts'
import { begun, done, redone, undone } from '../history'
import { jdmOf, sameJdm, type Jdm } from '../jdm'
import { faultsByCell } from '../vocabulary'
import { check, type Fault, type Policy } from './usePolicies'

const CHECK_MS = 450
const KEEP_MS = 400

export function useEditor(policy: Policy, user: string, mayLeave: () => Promise<boolean>) {
  const start = jdmOf(policy.jdm)
  const kept = keptDraft(user, policy.version, localStorage)
  const history = shallowRef(begun(start))
  const restored = ref<string | null>(null)
  const unkept = ref(false)
  const saved = shallowRef<Jdm>(start)
  if (kept !== null && !sameJdm(kept.jdm, start)) {
    history.value = done(history.value, kept.jdm, '', 0)
    restored.value = kept.savedAt
  }
  const jdm = computed(() => history.value.present)
  const dirty = computed(() => !sameJdm(jdm.value, saved.value))
  const checking = useChecks(() => jdm.value)

  const keep = useDebounceFn(() => {
    if (dirty.value)
      unkept.value = !keepDraft(user, policy.version, jdm.value, new Date(), localStorage)
    else dropDraft(user, policy.version, localStorage)
  }, KEEP_MS)

  function show(next: typeof history.value): void {
    if (next === history.value) return
    history.value = next
    void keep()
    checking.soon()
  }

  /** Take a change; touched: the cell, where somebody types in it. */
  const change = (next: Jdm, touched = ''): void =>
    show(done(history.value, next, touched, Date.now()))
  const undo = (): void => show(undone(history.value))
  const redo = (): void => show(redone(history.value))

  /** Back to the version as it is kept. */
  function drop(): void {
    show(done(history.value, start, '', 0))
    dropDraft(user, policy.version, localStorage)
    restored.value = null
  }

  /** It is on the server now. */
  function settled(): void {
    saved.value = jdm.value
    dropDraft(user, policy.version, localStorage)
  }

  onBeforeRouteLeave(async () => !dirty.value || (await mayLeave()))
  useEventListener(window, 'beforeunload', (event) => {
    if (dirty.value) event.preventDefault()
  })
  if (restored.value !== null) checking.soon()

  return {
    jdm,
    start,
    dirty,
    restored,
    unkept,
    faults: checking.faults,
    checkError: checking.error,
    busy: checking.busy,
    byCell: computed(() => faultsByCell(checking.faults.value)),
    canUndo: computed(() => history.value.past.length > 0),
    canRedo: computed(() => history.value.future.length > 0),
    change,
    undo,
    redo,
    drop,
    settled,
  }
}

export type Editor = ReturnType<typeof useEditor>

/** The server's mistakes in the present tables; an answer to older ones is thrown away. */
function useChecks(present: () => Jdm) {
  const faults = shallowRef<readonly Fault[]>([])
  const error = shallowRef<unknown>(null)
  const busy = ref(false)
  let running: AbortController | null = null

  async function run(): Promise<void> {
    running?.abort()
    const mine = new AbortController()
    running = mine
    try {
      const answer = await check(present(), mine.signal)
      if (running !== mine) return
      faults.value = answer.errors
      error.value = null
    } catch (thrown) {
      if (running !== mine || mine.signal.aborted) return
      error.value = thrown
    }
    busy.value = false
  }
  const debounced = useDebounceFn(run, CHECK_MS)

  function soon(): void {
    busy.value = true
    void debounced()
  }
  onScopeDispose(() => running?.abort())
  return { faults, error, busy, soon }
}
