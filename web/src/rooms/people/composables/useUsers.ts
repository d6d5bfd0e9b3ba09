/** Users: a page after the other, found by words. */
import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQueryClient,
} from '@tanstack/vue-query'
import { refDebounced } from '@vueuse/core'
import { computed, reactive, toRef } from 'vue'
import { api, told, type Shape } from '@/api/client'
import { useNames } from '@/ui/names'
import { ifMatch } from '../etag'

export type User = Shape<'UserOut'>
export type UserChange = Shape<'UserChangeBody'>

const ROWS = 50
const PAUSE_MS = 250
const USERS = ['people', 'users'] as const

export function useUsers() {
  const client = useQueryClient()
  const filter = reactive({
    q: '',
    department: '',
    state: 'active' as 'all' | 'active' | 'disabled',
  })
  const sought = refDebounced(toRef(filter, 'q'), PAUSE_MS)
  const asked = computed(() => ({
    limit: ROWS,
    q: sought.value.trim() || undefined,
    department: filter.department || undefined,
    disabled: filter.state === 'all' ? undefined : filter.state === 'disabled',
  }))
  const query = useInfiniteQuery({
    queryKey: [...USERS, asked],
    queryFn: ({ pageParam }) =>
      told(api.GET('/api/users', { params: { query: { ...asked.value, cursor: pageParam } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  })
  const users = computed(() => query.data.value?.pages.flatMap((page) => page.users) ?? [])
  const refresh = () => client.invalidateQueries({ queryKey: USERS })
  return { filter, query, users, refresh }
}

/** Making and changing one user. */
export function useUserChanges() {
  const client = useQueryClient()
  const names = useNames()
  const refresh = () => client.invalidateQueries({ queryKey: USERS })
  const creating = useMutation({
    mutationFn: (body: Shape<'UserBody'>) => told(api.POST('/api/users', { body })),
    onSuccess: refresh,
  })
  const changing = useMutation({
    mutationFn: ({ user, change }: { user: Pick<User, 'id' | 'version'>; change: UserChange }) =>
      told(
        api.PATCH('/api/users/{user_id}', {
          params: { path: { user_id: user.id }, header: ifMatch(user.version) },
          body: change,
        }),
      ),
    onSuccess: (user) => {
      names.forget(user.id)
      return refresh()
    },
  })
  const load = (id: string): Promise<User> =>
    told(api.GET('/api/users/{user_id}', { params: { path: { user_id: id } } }))
  return { creating, changing, load }
}
