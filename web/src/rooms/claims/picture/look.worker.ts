/** Looks at a picture apart from the page, so that scrolling stays smooth. */
import { looked } from './looked'

interface Asked {
  id: number
  file: Blob
}

self.onmessage = async ({ data }: MessageEvent<Asked>) => {
  const answer = await looked(data.file).catch(() => null)
  self.postMessage({ id: data.id, answer })
}
