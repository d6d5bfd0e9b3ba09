/** The server's verification: start it, follow it; and the signed roots. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { api, told, type Shape } from '@/api/client'

const LOOK_MS = 700
const KEY = ['audit', 'verify'] as const

export function useCheck() {
  const queries = useQueryClient()
  const state = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => told(api.GET('/api/audit/verify', { signal })),
    refetchInterval: (query) => (query.state.data?.running ? LOOK_MS : false),
  })
  const start = useMutation({
    mutationFn: () => told(api.POST('/api/audit/verify')),
    onSuccess: (begun: Shape<'VerifyingShown'>) => queries.setQueryData(KEY, begun),
  })
  return { state, start }
}

export function useRoots() {
  return useQuery({
    queryKey: ['audit', 'roots'],
    queryFn: ({ signal }) =>
      told(api.GET('/api/audit/roots', { params: { query: { limit: 200 } }, signal })),
  })
}
