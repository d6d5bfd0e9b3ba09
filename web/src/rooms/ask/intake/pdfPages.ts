/** Pages of a PDF as pictures. Loaded when the first PDF comes. */
import { getDocument, GlobalWorkerOptions } from 'pdfjs-dist'
import workerAddress from 'pdfjs-dist/build/pdf.worker.min.mjs?url'
import { PDF_SIDE } from './limits'

export interface PdfPages {
  pages: number
  pictures: Blob[]
}

/** The first `most` pages; rejects for what is no PDF or has a password. */
export async function pdfPages(file: Blob, most: number): Promise<PdfPages> {
  GlobalWorkerOptions.workerSrc = workerAddress
  const loading = getDocument({
    data: new Uint8Array(await file.arrayBuffer()),
    isEvalSupported: false,
    enableXfa: false,
    // Invoices often name fonts without bringing them along.
    useSystemFonts: true,
    useWasm: false,
  })
  try {
    const document = await loading.promise
    const pictures: Blob[] = []
    for (let number = 1; number <= Math.min(most, document.numPages); number += 1) {
      const page = await document.getPage(number)
      const whole = page.getViewport({ scale: 1 })
      const viewport = page.getViewport({ scale: PDF_SIDE / Math.max(whole.width, whole.height) })
      const canvas = globalThis.document.createElement('canvas')
      canvas.width = Math.ceil(viewport.width)
      canvas.height = Math.ceil(viewport.height)
      await page.render({ canvas, viewport, background: '#ffffff' }).promise
      const picture = await new Promise<Blob | null>((resolve) =>
        canvas.toBlob(resolve, 'image/jpeg', 0.9),
      )
      if (picture !== null) pictures.push(picture)
    }
    return { pages: document.numPages, pictures }
  } finally {
    await loading.destroy()
  }
}
