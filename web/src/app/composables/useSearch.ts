/** The search over everything: pages by their names at once, claims by the server after a pause. */
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { refDebounced } from '@vueuse/core'
import { computed, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { problemIn, send, type Shape } from '@/api/client'
import { useRooms } from './useRooms'
import { pagesLike, type FoundPage } from '../pagesLike'

const PAUSE_MS = 220
const CHARACTERS_MIN = 2
const CHARACTERS_MAX = 100
const CLAIMS_MAX = 8

type Claim = Shape<'ClaimShown'>

async function claimsLike(sought: string, signal: AbortSignal): Promise<Claim[]> {
  const query = new URLSearchParams({ q: sought })
  const asked = new Request(`${window.location.origin}/api/search?${query}`, { signal })
  const answer = await send(asked)
  if (!answer.ok) throw await problemIn(answer)
  const told = (await answer.json()) as { claims?: Claim[] }
  return (told.claims ?? []).slice(0, CLAIMS_MAX)
}

export function useSearch(text: Ref<string>) {
  const { t } = useI18n({ useScope: 'global' })
  const { rooms } = useRooms()
  const sought = computed(() => text.value.trim().slice(0, CHARACTERS_MAX))
  const settled = refDebounced(sought, PAUSE_MS)
  const asks = computed(() => settled.value.length >= CHARACTERS_MIN)
  const query = useQuery({
    queryKey: ['search', settled],
    queryFn: ({ signal }) => claimsLike(settled.value, signal),
    enabled: asks,
    placeholderData: keepPreviousData,
    retry: false,
  })
  const known = computed<FoundPage[]>(() => [
    ...rooms.value.map((room) => ({
      path: room.path,
      title: t(`rooms.${room.name}`),
      about: `${t(`about.${room.name}`)} ${room.name}`,
    })),
    { path: '/account', title: t('account.title'), about: 'account password' },
  ])
  const pages = computed(() => pagesLike(sought.value, known.value))
  const claims = computed(() =>
    sought.value.length >= CHARACTERS_MIN && !query.isError.value ? (query.data.value ?? []) : [],
  )
  const waiting = computed(
    () =>
      sought.value.length >= CHARACTERS_MIN &&
      (query.isFetching.value || sought.value !== settled.value),
  )
  return { sought, pages, claims, waiting, away: query.isError }
}
