/** The corrected picture: what the cropper cut out, with more contrast if wanted, as a JPEG. */
import { enhance } from './enhance'

const SIDE_PX_MAX = 4_000
const QUALITY = 0.92

export async function corrected(cut: HTMLCanvasElement, contrast: boolean): Promise<Blob | null> {
  const scale = Math.min(1, SIDE_PX_MAX / Math.max(cut.width, cut.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(cut.width * scale))
  canvas.height = Math.max(1, Math.round(cut.height * scale))
  const context = canvas.getContext('2d', { willReadFrequently: contrast })
  if (context === null) return null
  // Corners that turning left empty are paper, not black.
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(cut, 0, 0, canvas.width, canvas.height)
  if (contrast) {
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height)
    enhance(pixels.data)
    context.putImageData(pixels, 0, 0)
  }
  return new Promise((done) => canvas.toBlob(done, 'image/jpeg', QUALITY))
}
