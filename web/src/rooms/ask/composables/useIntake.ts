/** The pictures that wait for their question. */
import { computed, ref, shallowRef } from 'vue'
import { moved, type Hint } from '../intake/limits'
import { prepared, type Ready } from '../intake/prepared'

export interface Note {
  hint: Hint
  values: Record<string, string | number>
}

const NOTES_MAX = 6
const FILES_AT_ONCE_MAX = 20

/** `room`: how many more there may be, without those that wait; `marks`: of those asked about. */
export function useIntake(room: () => number, marks: () => readonly string[]) {
  const ready = shallowRef<readonly Ready[]>([])
  const notes = ref<Note[]>([])
  const working = ref(0)
  const left = computed(() => room() - ready.value.length)
  let queue: Promise<void> = Promise.resolve()

  const note = (hint: Hint, values: Note['values']): void => {
    notes.value = [...notes.value, { hint, values }].slice(-NOTES_MAX)
  }
  const isHere = (mark: string): boolean =>
    marks().includes(mark) || ready.value.some((each) => each.picture.mark === mark)

  async function take(file: File): Promise<void> {
    const { name } = file
    const { ready: found, refused, pages } = await prepared(file, left.value)
    if (refused !== null) note(refused, { name, max: room() })
    else if (pages > found.length) note('first_pages', { name, pages, count: found.length })
    for (const one of found) {
      if (isHere(one.picture.mark)) {
        note('same', { name })
        continue
      }
      for (const hint of one.hints) note(hint, { name, size: sizeText(one.picture.bytes) })
      ready.value = [...ready.value, one]
    }
  }
  function add(files: Iterable<File>): Promise<void> {
    const list = [...files].slice(0, FILES_AT_ONCE_MAX)
    if (list.length === 0) return queue
    notes.value = []
    working.value += 1
    // One after the other: they share the room that is left.
    queue = queue.then(async () => {
      try {
        for (const file of list) await take(file)
      } finally {
        working.value -= 1
      }
    })
    return queue
  }
  const remove = (at: number): void => {
    ready.value = ready.value.filter((_, index) => index !== at)
    notes.value = []
  }
  const move = (at: number, step: number): void => {
    ready.value = moved(ready.value, at, step)
  }
  const clear = (): void => {
    ready.value = []
    notes.value = []
  }
  return { ready, notes, left, busy: computed(() => working.value > 0), add, remove, move, clear }
}

const sizeText = (bytes: number): string =>
  bytes >= 1_048_576 ? `${(bytes / 1_048_576).toFixed(1)} MB` : `${Math.ceil(bytes / 1_024)} kB`
