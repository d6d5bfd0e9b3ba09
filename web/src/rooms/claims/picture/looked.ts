/** Decodes a picture, measures it small and grey, and makes a thumbnail; meant for a worker. */
import { greyOf, hintsFor, lookOf, MEASURED_PX, type Hint } from './measure'

const THUMB_PX = 320

export interface Looked {
  width: number
  height: number
  hints: Hint[]
  look: string
  thumb: Blob
}

/** Rejects for what this browser cannot decode. */
export async function looked(file: Blob): Promise<Looked> {
  const picture = await createImageBitmap(file)
  try {
    const { width, height } = picture
    const { pixels, across, down } = drawn(picture, MEASURED_PX)
    const grey = greyOf(pixels.getImageData(0, 0, across, down).data, across, down)
    const thumb = await drawn(picture, THUMB_PX).canvas.convertToBlob({ type: 'image/jpeg' })
    return { width, height, hints: hintsFor(grey, width, height), look: lookOf(grey), thumb }
  } finally {
    picture.close()
  }
}

function drawn(picture: ImageBitmap, side: number) {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height))
  const across = Math.max(1, Math.round(picture.width * scale))
  const down = Math.max(1, Math.round(picture.height * scale))
  const canvas = new OffscreenCanvas(across, down)
  const pixels = canvas.getContext('2d', { willReadFrequently: true })
  if (pixels === null) throw new Error('this browser draws no pictures')
  pixels.fillStyle = '#fff'
  pixels.fillRect(0, 0, across, down)
  pixels.drawImage(picture, 0, 0, across, down)
  return { canvas, pixels, across, down }
}
