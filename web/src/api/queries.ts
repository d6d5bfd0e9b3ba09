/** How answers are kept and asked again. */
import { QueryClient } from '@tanstack/vue-query'
import { asProblem } from './problem'

const TRIES_MAX = 2

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What is wrong with a request stays wrong; what passes is tried again.
      retry: (failures, error) => failures < TRIES_MAX && asProblem(error).passing,
    },
    mutations: { retry: false },
  },
})
