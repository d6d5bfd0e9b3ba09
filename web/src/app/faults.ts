/** Pages that cannot be shown: the server is away at the start, or a part of the page is missing. */
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'

export const useFaults = defineStore('faults', () => {
  /** Why nobody knows yet who is signed in. */
  const start = shallowRef<unknown>(null)
  /** A page's file did not come: after an upgrade it has another name, or the line is cut. */
  const missing = shallowRef<unknown>(null)
  return { start, missing }
})

const LOST = /dynamically imported module|importing a module script|preload css|Loading chunk/i

/** Whether an error says that a part of the page could not be loaded. */
export const isMissingPart = (error: unknown): boolean =>
  error instanceof Error && LOST.test(error.message)

const FATAL_NAMES = new Set([
  'setup function',
  'render function',
  'component update',
  'async component loader',
])
const FATAL_CODES = /#runtime-(0|1|13|15|bc|c|bm|m|bu|u)$/

/**
 * Whether an error that Vue tells of leaves nothing sensible on the page (drawing it failed), and
 * did not just happen in an answer to a click. Vue tells names in development, codes in production.
 */
export const leavesNothing = (info: string): boolean =>
  FATAL_NAMES.has(info) ||
  /^(beforeC|c|beforeM|m|beforeU|u)\w* hook$/.test(info) ||
  FATAL_CODES.test(info)
