/** API keys: one's own, or everybody's for who manages them. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref } from 'vue'
import { api, told, type Shape } from '@/api/client'
import { useClock } from '@/ui/useClock'

export type Key = Shape<'KeyOut'>
export type KeyState = 'active' | 'expired' | 'revoked'

const LISTED_MAX = 500

/** How a key stands at a time. */
export function stateOf(key: Pick<Key, 'revoked_at' | 'expires_at'>, now: Date): KeyState {
  if (key.revoked_at) return 'revoked'
  return key.expires_at && new Date(key.expires_at) <= now ? 'expired' : 'active'
}

export function useKeys(owner: string | undefined) {
  const client = useQueryClient()
  const now = useClock()
  const withEnded = ref(false)
  const queryKey = ['people', 'keys', owner ?? 'every'] as const
  const query = useQuery({
    queryKey,
    queryFn: () =>
      told(
        api.GET('/api/keys', {
          params: { query: { limit: LISTED_MAX, ...(owner ? { user: owner } : { every: true }) } },
        }),
      ),
  })
  const all = computed(() => query.data.value?.keys ?? [])
  const keys = computed(() =>
    all.value.filter((key) => withEnded.value || stateOf(key, now.value) === 'active'),
  )
  const ended = computed(() => all.value.some((key) => stateOf(key, now.value) !== 'active'))
  const refresh = () => client.invalidateQueries({ queryKey })
  const creating = useMutation({
    mutationFn: (body: Shape<'KeyBody'>) => told(api.POST('/api/keys', { body })),
    onSuccess: refresh,
  })
  const revoking = useMutation({
    mutationFn: async (key: Key) => {
      await told(api.DELETE('/api/keys/{key_id}', { params: { path: { key_id: key.id } } }))
    },
    onSuccess: refresh,
  })
  return { query, keys, ended, withEnded, now, creating, revoking }
}
