/** Files that come into a draft: judged, marked, looked at, kept; and what is done to them. */
import { onScopeDispose, reactive, ref } from 'vue'
import type { Paper } from '../draft/draft'
import { freshId } from '../draft/freshId'
import { refusal, type Refusal } from '../draft/limits'
import { HEAD_BYTES, isPhoto, sniffed, typeOf } from '../draft/media'
import { dropUpload } from '../draft/uploads'
import { openLooker } from '../picture/look'
import { markOf } from '../picture/mark'
import type { DraftDesk } from './useDraft'

/** What a card shows of a paper beside its state. */
export interface Preview {
  src: string
  /** Pages of a PDF; 0 where nobody counted them. */
  pages: number
}

export interface RefusedFile {
  name: string
  why: Refusal
}

export function usePapers(desk: DraftDesk) {
  const { previews, preview, forget, showAll } = usePreviews(desk)
  const refused = ref<RefusedFile[]>([])
  const taking = ref(0)

  async function take(files: readonly File[]): Promise<void> {
    refused.value = []
    taking.value += files.length
    // One after the other: each is compared with those before it.
    for (const file of files) {
      await takeOne(file).catch(() => refused.value.push({ name: file.name, why: 'empty' }))
      taking.value -= 1
    }
  }

  async function takeOne(file: File): Promise<void> {
    const media = sniffed(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()))
    const held = desk.draft.value.papers
    // A file far too large is not read into memory to learn its mark.
    const early = refusal({ bytes: file.size, mark: '', media }, held)
    const mark = early === null ? await markOf(new Uint8Array(await file.arrayBuffer())) : ''
    const why = early ?? refusal({ bytes: file.size, mark, media }, held)
    if (why !== null || media === null) {
      refused.value.push({ name: file.name, why: why ?? 'wrong_type' })
      return
    }
    const original = new Blob([file], { type: typeOf(media) })
    const paper: Paper = {
      id: freshId(),
      name: file.name || `photo.${media}`,
      media,
      bytes: file.size,
      mark,
      look: '',
      hints: [],
      edited: false,
      state: 'waiting',
      upload: null,
      trouble: null,
    }
    await desk.keepFile(paper.id, 'original', original)
    desk.add(paper)
    void preview(paper, original)
  }

  async function drop(id: string): Promise<void> {
    const upload = desk.paperOf(id)?.upload
    desk.drop(id)
    forget(id)
    await desk.dropFiles(id)
    if (upload) await dropUpload(upload)
  }

  /** Sends the edited picture from now on; null: the original again. */
  async function edit(id: string, picture: Blob | null): Promise<void> {
    const file = picture ?? (await desk.file(id, 'original'))
    const upload = desk.paperOf(id)?.upload
    if (file === null) return
    if (picture !== null) await desk.keepFile(id, 'edited', picture)
    const edited = picture !== null
    desk.step(id, { to: 'edited', bytes: file.size, look: '', hints: [], edited })
    const paper = desk.paperOf(id)
    if (paper !== undefined) await preview(paper, file)
    if (upload) await dropUpload(upload)
  }

  return { previews, refused, taking, take, showAll, drop, edit }
}

/** Thumbnails, and what is wrong with pictures. */
function usePreviews(desk: DraftDesk) {
  const previews = reactive(new Map<string, Preview>())
  const looker = openLooker()

  /** Makes the thumbnail, and looks for what is wrong with a picture. */
  async function preview(paper: Paper, file: Blob): Promise<void> {
    if (isPhoto(paper.media)) {
      const seen = await looker.look(file)
      if (seen === null) return
      show(paper.id, seen.thumb, 0)
      desk.look(paper.id, { look: seen.look, hints: seen.hints })
    } else if (paper.media === 'pdf') {
      const { pdfLook } = await import('../picture/pdf')
      const seen = await pdfLook(file).catch(() => null)
      if (seen !== null) show(paper.id, seen.picture, seen.pages)
    }
  }

  function show(id: string, picture: Blob | null, pages: number): void {
    forget(id)
    if (desk.paperOf(id) === undefined) return
    previews.set(id, { src: picture === null ? '' : URL.createObjectURL(picture), pages })
  }

  function forget(id: string): void {
    const old = previews.get(id)
    if (old?.src) URL.revokeObjectURL(old.src)
    previews.delete(id)
  }

  /** After a reload: thumbnails of what is there. */
  async function showAll(): Promise<void> {
    for (const paper of desk.draft.value.papers) {
      const file = await desk.file(paper.id, paper.edited ? 'edited' : 'original')
      if (file !== null) void preview(paper, file)
    }
  }

  onScopeDispose(() => {
    looker.end()
    for (const id of [...previews.keys()]) forget(id)
  })
  return { previews, preview, forget, showAll }
}
