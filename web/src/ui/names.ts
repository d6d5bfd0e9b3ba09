/** Names of people and departments by their ids: asked for together, each once a page. */
import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import { send } from '@/api/client'

const ASKED_MAX = 100
const GATHER_MS = 20

export const useNames = defineStore('names', () => {
  const known = shallowReactive(new Map<string, string>())
  const asked = new Set<string>()
  let wanted: string[] = []

  /** The name, once it is known; asks for it. */
  function nameOf(id: string): string | undefined {
    if (!asked.has(id)) {
      asked.add(id)
      if (wanted.length === 0) setTimeout(() => void fetchWanted(), GATHER_MS)
      wanted.push(id)
    }
    return known.get(id)
  }

  /** After a rename: ask anew. */
  function forget(id: string): void {
    asked.delete(id)
    known.delete(id)
  }

  async function fetchWanted(): Promise<void> {
    const ids = wanted
    wanted = []
    for (let at = 0; at < ids.length; at += ASKED_MAX)
      await fetchSome(ids.slice(at, at + ASKED_MAX))
  }

  async function fetchSome(ids: readonly string[]): Promise<void> {
    const query = new URLSearchParams(ids.map((id) => ['id', id]))
    try {
      const answer = await send(new Request(`${window.location.origin}/api/names?${query}`))
      if (!answer.ok) return
      const told = (await answer.json()) as { names?: Record<string, string> }
      for (const [id, name] of Object.entries(told.names ?? {})) known.set(id, name)
    } catch {
      // A name is a comfort: without it the id stands there; asked again when next wanted.
      for (const id of ids) asked.delete(id)
    }
  }

  return { known, nameOf, forget }
})

/** An id, short enough to stand for a name. */
export const shortId = (id: string): string => (id.length > 12 ? `${id.slice(0, 10)}…` : id)
