/** The library's side of the desk: what it tells, and how it is asked. */
import { api, onceKey, told, type Shape } from '@/api/client'

export type FolderShown = Shape<'FolderShown'>
export type DocumentShown = Shape<'DocumentShown'>
export type DocumentState = DocumentShown['state']
export type AddedShown = Shape<'DocumentsAddedShown'>
export type Refused = Shape<'NotAddedShown'>
export type PageShown = Shape<'PageShown'>
export type Query = Partial<Shape<'Query-Input'>>
export type Chip = Shape<'Chip'>
export type Hit = Shape<'Hit'>
export type Facet = Shape<'Facet'>
export type Found = Shape<'Found'>
export type SearchShown = Shape<'SearchShown'>

type Signal = AbortSignal | undefined
const PAGE_ROWS = 100
/** Sent with what makes something, so that sent twice it is made once. */
const once = () => ({ header: { 'Idempotency-Key': onceKey() } })
const match = (version: number) => ({ 'If-Match': `"${version}"` })
const tongue = (language: string): 'zh' | 'en' => (language.startsWith('zh') ? 'zh' : 'en')
/** As it is described: the client's own types forget that a box has four numbers. */
const asDescribed = <Data>(asked: Promise<unknown>): Promise<Data> => asked as Promise<Data>
const at = (id: string) => ({ path: { document_id: id } })

// --- Folders

export const toldFolders = async (signal?: Signal): Promise<FolderShown[]> =>
  (await told(api.GET('/api/library/folders', { signal }))).folders

export interface FolderWish {
  name: string
  parent: string | null
  department: string | null
}

export const createFolder = (body: FolderWish): Promise<FolderShown> =>
  told(api.POST('/api/library/folders', { body, params: once() }))

/** The folder that is one's alone. */
export const ownFolder = (): Promise<FolderShown> => told(api.POST('/api/library/folders/own'))

const folderAt = (folder: FolderShown) => ({
  path: { folder_id: folder.id },
  header: match(folder.version),
})

export const changeFolder = (folder: FolderShown, body: Partial<FolderWish>) =>
  told(api.PATCH('/api/library/folders/{folder_id}', { params: folderAt(folder), body }))

export const deleteFolder = (folder: FolderShown) =>
  told(api.DELETE('/api/library/folders/{folder_id}', { params: folderAt(folder) }))

// --- Documents

export interface Wanted {
  folder: string | null
  deep: boolean
  tag: string
  kind: string
  state: DocumentState | ''
  order: 'newest' | 'oldest' | 'name'
  trashed: boolean
}

export function toldDocuments(wanted: Wanted, after: string | undefined, signal?: Signal) {
  const { folder, deep, tag, kind, state, order, trashed } = wanted
  const query = {
    limit: PAGE_ROWS,
    order,
    trashed,
    ...(folder ? { folder, deep } : {}),
    ...(tag ? { tag } : {}),
    ...(kind ? { kind } : {}),
    ...(state ? { state } : {}),
    ...(after ? { after } : {}),
  }
  return told(api.GET('/api/library/documents', { params: { query }, signal }))
}

export const toldDocument = (id: string, signal?: Signal): Promise<DocumentShown> =>
  told(api.GET('/api/library/documents/{document_id}', { params: at(id), signal }))

export const changeDocument = (document: DocumentShown, body: Shape<'DocumentChangeBody'>) =>
  told(
    api.PATCH('/api/library/documents/{document_id}', {
      params: { ...at(document.id), header: match(document.version) },
      body,
    }),
  )

export const trashDocument = (document: DocumentShown) =>
  told(api.DELETE('/api/library/documents/{document_id}', { params: at(document.id) }))

export const purgeDocument = (document: DocumentShown) =>
  told(
    api.DELETE('/api/library/documents/{document_id}', {
      params: { ...at(document.id), query: { forever: true } },
    }),
  )

export const restoreDocument = (document: DocumentShown): Promise<DocumentShown> =>
  told(api.POST('/api/library/documents/{document_id}/restore', { params: at(document.id) }))

export const toldTags = async (signal?: Signal): Promise<string[]> =>
  (await told(api.GET('/api/library/documents/tags', { signal }))).tags.map(({ tag }) => tag)

export const toldVersions = async (id: string, signal?: Signal) =>
  (await told(api.GET('/api/library/documents/{document_id}/versions', { params: at(id), signal })))
    .versions

export const toldPages = (id: string, signal?: Signal): Promise<PageShown[]> =>
  told(api.GET('/api/library/documents/{document_id}/pages', { params: at(id), signal }))

export const toldReading = (id: string, signal?: Signal): Promise<Shape<'ReadingShown'>> =>
  asDescribed(
    told(api.GET('/api/library/documents/{document_id}/reading', { params: at(id), signal })),
  )

export const toldText = (id: string, fileAt: number, page: number, signal?: Signal) =>
  asDescribed<Shape<'TextShown'>>(
    told(
      api.GET('/api/library/documents/{document_id}/text/{file_at}/{page}', {
        params: { path: { document_id: id, file_at: fileAt, page } },
        signal,
      }),
    ),
  )

export const toldProgress = (signal?: Signal): Promise<Shape<'ProgressShown'>> =>
  asDescribed(told(api.GET('/api/library/progress', { signal })))

// --- Searching

export const search = (
  sought: { question: string; folder?: string } | { query: Query },
  language: string,
  hitsMax: number,
  signal?: Signal,
): Promise<Found> => {
  const body = { ...sought, language: tongue(language), hits_max: hitsMax }
  return asDescribed(
    told(api.POST('/api/library/search', { body: body as Shape<'SearchSent'>, signal })),
  )
}

export const toldSimilar = (id: string, signal?: Signal): Promise<Found> =>
  asDescribed(
    told(api.GET('/api/library/documents/{document_id}/similar', { params: at(id), signal })),
  )

export const toldSearches = async (signal?: Signal): Promise<SearchShown[]> =>
  (await told(api.GET('/api/library/searches', { signal }))).searches

export const saveSearch = (body: { name: string; query: Query; alerts: boolean }) =>
  told(api.POST('/api/library/searches', { body: body as Shape<'SearchSaved'>, params: once() }))

const searchAt = (saved: SearchShown) => ({ path: { search_id: saved.id } })

export const changeSearch = (saved: SearchShown, body: { name?: string; alerts?: boolean }) =>
  told(
    api.PATCH('/api/library/searches/{search_id}', {
      params: { ...searchAt(saved), header: match(saved.version) },
      body,
    }),
  )

export const deleteSearch = (saved: SearchShown) =>
  told(api.DELETE('/api/library/searches/{search_id}', { params: searchAt(saved) }))

export const toldAlerts = (signal?: Signal): Promise<Shape<'AlertsShown'>> =>
  told(api.GET('/api/library/alerts', { signal }))

/** All of them were looked at. */
export const readAlerts = () => told(api.POST('/api/library/alerts/read', { body: {} }))

// --- Addresses

export const ADD_PATH = '/api/library/documents'
export const ASK_PATH = '/api/library/ask'

/** Where a file about a document is fetched from. */
export const fileHref = (id: string, what: string): string =>
  `${ADD_PATH}/${encodeURIComponent(id)}/${what}`

export const pageHref = (id: string, fileAt: number, page: number): string =>
  fileHref(id, `pages/${fileAt}/${page}`)
