/** One document: what it is, its page pictures, and what was read in it. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, watch, type Ref } from 'vue'
import type { Paper } from '@/ui/papers'
import { fileHref, toldDocument, toldPages, toldReading, type DocumentShown } from '../api'

const LOOK_AGAIN_MS = 2_500
const KEPT_MS = 5 * 60_000

export const isUnread = (document: Pick<DocumentShown, 'state'> | undefined): boolean =>
  document?.state === 'waiting' || document?.state === 'reading'

export function useDocument(id: Ref<string>) {
  const client = useQueryClient()
  const query = useQuery({
    queryKey: computed(() => ['library', 'document', id.value]),
    queryFn: ({ signal }) => toldDocument(id.value, signal),
    refetchInterval: (now) => (isUnread(now.state.data) ? LOOK_AGAIN_MS : false),
  })
  const document = query.data
  const known = computed(() => document.value !== undefined)
  const pages = useDocumentPages(id, known)
  const reading = useQuery({
    queryKey: computed(() => ['library', 'reading', id.value]),
    queryFn: ({ signal }) => toldReading(id.value, signal),
    enabled: known,
    staleTime: KEPT_MS,
  })
  // Read meanwhile, or another version: the pages and what stands on them are others.
  watch(
    () => `${document.value?.id}/${document.value?.state}/${document.value?.number}`,
    (now, before) => {
      if (now.split('/')[0] !== before.split('/')[0]) return
      void client.invalidateQueries({ queryKey: ['library', 'pages', id.value] })
      void client.invalidateQueries({ queryKey: ['library', 'reading', id.value] })
    },
  )
  const paper = computed<Paper | null>(() =>
    document.value ? paperOf(document.value, pages.data.value ?? []) : null,
  )
  return {
    query,
    document,
    paper,
    pages,
    reading,
    files: computed(() => reading.data.value?.files ?? []),
    freshen: () => client.invalidateQueries({ queryKey: ['library'] }),
  }
}

export const useDocumentPages = (id: Ref<string>, enabled: Ref<boolean>) =>
  useQuery({
    queryKey: computed(() => ['library', 'pages', id.value]),
    queryFn: ({ signal }) => toldPages(id.value, signal),
    enabled,
    staleTime: KEPT_MS,
  })

type Pages = readonly Awaited<ReturnType<typeof toldPages>>[number][]

export const paperOf = (
  document: Pick<DocumentShown, 'id' | 'name' | 'media'>,
  pages: Pages,
): Paper => ({
  id: document.id,
  name: document.name,
  media: document.media,
  href: fileHref(document.id, 'original'),
  pages: pages.map((each) => ({
    ...each,
    thumb: `${each.href}${each.href.includes('?') ? '&' : '?'}thumb=1`,
  })),
})
