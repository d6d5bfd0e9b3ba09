/** The words of problems: of the connection at once, the others as soon as they are loaded. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { Row } from './problemRow'
import { ASKING } from './problemTableFirst'

export type Rows = Readonly<Record<string, Row>>

export const useProblemRows = defineStore('problemRows', () => {
  const rows = shallowRef<Rows>(ASKING)
  let loading = false

  /** Load the others. Until then, and where that fails, problems are told in the server's words. */
  async function load(): Promise<void> {
    if (loading) return
    loading = true
    try {
      rows.value = (await import('./problemTable')).PROBLEMS
    } catch {
      // Away from the server: the next one that may tell a problem tries again.
      loading = false
    }
  }

  return { rows, load }
})
