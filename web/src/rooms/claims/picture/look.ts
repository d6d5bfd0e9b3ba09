/** Looks at pictures in a worker; null for what this browser cannot decode. */
import type { Looked } from './looked'

interface Answered {
  id: number
  answer: Looked | null
}

export interface Looker {
  look(file: Blob): Promise<Looked | null>
  end(): void
}

export function openLooker(): Looker {
  const waiting = new Map<number, (answer: Looked | null) => void>()
  let worker: Worker | null = null
  let last = 0

  function started(): Worker {
    if (worker !== null) return worker
    worker = new Worker(new URL('./look.worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<Answered>) => {
      waiting.get(data.id)?.(data.answer)
      waiting.delete(data.id)
    }
    // Hints are a comfort: without them the draft goes on.
    worker.onerror = () => {
      for (const resolve of waiting.values()) resolve(null)
      waiting.clear()
    }
    return worker
  }

  return {
    look: (file) =>
      new Promise((resolve) => {
        const id = ++last
        waiting.set(id, resolve)
        started().postMessage({ id, file })
      }),
    end: () => worker?.terminate(),
  }
}
