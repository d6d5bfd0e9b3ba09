/** What is done to documents, one by one; what fails is told and the others go on. */
import { ElMessage } from 'element-plus'
import { useQueryClient } from '@tanstack/vue-query'
import { ref } from 'vue'
import { asProblem } from '@/api/problem'
import { useProblemWords } from '@/ui/problemWords'
import { saidWithUndo } from '@/ui/saidWithUndo'
import {
  changeDocument,
  purgeDocument,
  restoreDocument,
  trashDocument,
  type DocumentShown,
} from '../api'

type Say = (key: string, named: Record<string, unknown>, plural: number) => string

/** t: in the words of the shelf. */
export function useShelfActs(t: Say) {
  const { problemLine } = useProblemWords()
  const client = useQueryClient()
  const busy = ref(false)

  /** How many it was done to. */
  async function each(
    documents: readonly DocumentShown[],
    act: (document: DocumentShown) => Promise<unknown>,
  ): Promise<number> {
    busy.value = true
    const failures: unknown[] = []
    for (const document of documents) await act(document).catch((error) => failures.push(error))
    busy.value = false
    await client.invalidateQueries({ queryKey: ['library'] })
    const [first] = failures
    if (first !== undefined && asProblem(first).code !== 'aborted') {
      const rest =
        failures.length > 1 ? ` ${t('acts.failed', { n: failures.length }, failures.length)}` : ''
      ElMessage.error({ message: problemLine(first) + rest, duration: 8_000, showClose: true })
    }
    return documents.length - failures.length
  }

  const say = (key: string, n: number): void => {
    if (n > 0) ElMessage.success(t(key, { n }, n))
  }

  async function restore(documents: readonly DocumentShown[]): Promise<void> {
    say('acts.restored', await each(documents, restoreDocument))
  }

  return {
    busy,
    async move(documents: readonly DocumentShown[], folder: string) {
      say('acts.moved', await each(documents, (one) => changeDocument(one, { folder })))
    },
    /** Adds some tags, takes others off. */
    async tag(
      documents: readonly DocumentShown[],
      add: readonly string[],
      drop: readonly string[],
    ) {
      const tagged = (one: DocumentShown): string[] => [
        ...new Set([...one.tags.filter((tag) => !drop.includes(tag)), ...add]),
      ]
      say('acts.tagged', await each(documents, (one) => changeDocument(one, { tags: tagged(one) })))
    },
    /** Throws what went wrong: the name that was typed is not to be lost. */
    async rename(document: DocumentShown, name: string) {
      await changeDocument(document, { name })
      await client.invalidateQueries({ queryKey: ['library'] })
    },
    async trash(documents: readonly DocumentShown[]) {
      const gone: DocumentShown[] = []
      await each(documents, async (one) => {
        await trashDocument(one)
        gone.push(one)
      })
      if (gone.length > 0) {
        const done = t('acts.trashed', { n: gone.length }, gone.length)
        saidWithUndo(done, t('acts.undo', {}, 1), () => void restore(gone))
      }
      return gone.length
    },
    async purge(document: DocumentShown) {
      say('acts.purged', await each([document], purgeDocument))
    },
    restore,
  }
}
