/** The first page of a PDF as a small picture, and how many pages it has. Loaded when needed. */
import { getDocument, GlobalWorkerOptions } from 'pdfjs-dist'
import workerAddress from 'pdfjs-dist/build/pdf.worker.min.mjs?url'

const THUMB_PX = 320

export interface PdfLook {
  pages: number
  picture: Blob | null
}

export async function pdfLook(file: Blob): Promise<PdfLook> {
  GlobalWorkerOptions.workerSrc = workerAddress
  const loading = getDocument({
    data: new Uint8Array(await file.arrayBuffer()),
    isEvalSupported: false,
    enableXfa: false,
    disableFontFace: true,
  })
  try {
    const document = await loading.promise
    const page = await document.getPage(1)
    const whole = page.getViewport({ scale: 1 })
    const scale = THUMB_PX / Math.max(whole.width, whole.height)
    const viewport = page.getViewport({ scale })
    const canvas = globalThis.document.createElement('canvas')
    canvas.width = Math.ceil(viewport.width)
    canvas.height = Math.ceil(viewport.height)
    await page.render({ canvas, viewport }).promise
    const picture = await new Promise<Blob | null>((resolve) =>
      canvas.toBlob(resolve, 'image/jpeg', 0.85),
    )
    return { pages: document.numPages, picture }
  } finally {
    await loading.destroy()
  }
}
