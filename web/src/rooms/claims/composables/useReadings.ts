/** What the desk reads in the draft's files, while somebody still fills in the rest. */
import { useQueries } from '@tanstack/vue-query'
import { computed } from 'vue'
import { foundIn, type Doubt, type Found } from '../draft/found'
import { uploadOf, type UploadShown } from '../draft/uploads'
import type { DraftDesk } from './useDraft'

const ASK_AGAIN_MS = 1_000

export function useReadings(desk: DraftDesk) {
  const ids = computed(() =>
    desk.draft.value.papers.flatMap((paper) => (paper.upload === null ? [] : [paper.upload])),
  )
  const asked = useQueries({
    queries: computed(() =>
      ids.value.map((id) => ({
        queryKey: ['upload', id],
        queryFn: () => uploadOf(id),
        staleTime: Infinity,
        refetchInterval: (query: { state: { data?: UploadShown } }) =>
          isRead(query.state.data) ? false : ASK_AGAIN_MS,
      })),
    ),
  })
  const uploads = computed(
    () =>
      new Map(
        asked.value.flatMap(({ data }): [string, UploadShown][] => (data ? [[data.id, data]] : [])),
      ),
  )
  const found = computed<Found[]>(() =>
    ids.value.flatMap((id) => {
      const upload = uploads.value.get(id)
      return upload === undefined ? [] : foundIn(upload)
    }),
  )
  const doubts = computed<Doubt[]>(() => found.value.flatMap((each) => each.doubts))
  const readCount = computed(() => ids.value.filter((id) => isRead(uploads.value.get(id))).length)
  /** Uploads that the desk does not have any more: they are sent again. */
  const gone = computed(() =>
    ids.value.filter((_, at) => {
      const error = asked.value[at]?.error as { status?: number } | null | undefined
      return error?.status === 404
    }),
  )
  return { uploads, found, doubts, readCount, gone }
}

const isRead = (upload: UploadShown | undefined): boolean =>
  upload?.reading?.state === 'done' || upload?.reading?.state === 'failed'

export type Readings = ReturnType<typeof useReadings>
