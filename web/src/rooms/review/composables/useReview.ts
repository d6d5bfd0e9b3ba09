/** One review with the version it stands on; the next one and its first pictures in advance. */
import { useQuery, useQueryClient, type QueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api, toldWithVersion } from '@/api/client'
import { pagesOf } from '@/ui/papers'
import { firstDoubt, papersOf, rowsOf } from '../fields'
import type { ReviewShown } from '../fields'

const PREFETCHED_MS = 60_000
const PICTURES_MAX = 2

export const reviewKey = (id: string) => ['review', id] as const

export interface Versioned {
  data: ReviewShown
  etag: string
}

async function fetchReview(id: string, signal?: AbortSignal): Promise<Versioned> {
  const path = { review_id: id }
  const { data, etag } = await toldWithVersion(
    api.GET('/api/reviews/{review_id}', { params: { path }, signal }),
  )
  return { data: data as ReviewShown, etag }
}

export const useReview = (id: Ref<string>) =>
  useQuery({
    queryKey: computed(() => reviewKey(id.value)),
    queryFn: ({ signal }) => fetchReview(id.value, signal),
    staleTime: PREFETCHED_MS,
    refetchOnWindowFocus: false,
  })

/** Where the reviewer begins in a claim: the most doubtful field, else the first paper. */
export function startOf(review: ReviewShown): {
  attachment: string
  page: number
  id: string | null
} {
  const papers = papersOf(review)
  const doubt = firstDoubt(
    papers.flatMap((paper) => rowsOf(paper, review.said, review.corrections)),
  )
  const paper =
    papers.find(
      (each) =>
        each.attachment === doubt?.attachment &&
        each.fileAt === doubt.fileAt &&
        each.readingAt === doubt.readingAt,
    ) ?? papers[0]
  const page = doubt?.field.evidence[0]?.page ?? paper?.reading.page ?? 1
  return {
    attachment: paper?.attachment ?? review.attachments[0]?.id ?? '',
    page,
    id: doubt && doubt.doubt > 0 ? doubt.id : null,
  }
}

/** Fetches a review that is likely next, with the pictures it opens at. */
export function usePrefetch() {
  const client: QueryClient = useQueryClient()
  /** Kept so that the browser keeps the decoded pictures. */
  const pictures: HTMLImageElement[] = []

  return async (id: string): Promise<void> => {
    await client.prefetchQuery({
      queryKey: reviewKey(id),
      queryFn: ({ signal }) => fetchReview(id, signal),
      staleTime: PREFETCHED_MS,
    })
    const found = client.getQueryData<Versioned>(reviewKey(id))
    if (!found) return
    const start = startOf(found.data)
    const attachment = found.data.attachments.find((each) => each.id === start.attachment)
    const pages = attachment ? pagesOf(attachment) : []
    const first = Math.max(
      0,
      pages.findIndex((page) => page.page === start.page),
    )
    pictures.length = 0
    for (const page of pages.slice(first, first + PICTURES_MAX)) {
      if (!page.href) continue
      const picture = new Image()
      picture.src = page.href
      void picture.decode().catch(() => undefined)
      pictures.push(picture)
    }
  }
}
