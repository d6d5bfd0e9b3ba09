/** Addresses of pictures that lie on the shelf, for `<img>`; given back when the page closes. */
import { inject, onScopeDispose, provide, shallowReactive, type InjectionKey } from 'vue'
import type { Shelf } from '../talk/shelf'

export interface Pictures {
  /** Empty until it is there (or if it is gone). */
  url: (id: string) => string
  /** Bytes that were just chosen need no reading back. */
  hold: (id: string, file: Blob) => void
  blob: (id: string) => Promise<Blob | null>
}

const KEY: InjectionKey<Pictures> = Symbol('pictures')

export function usePictureHolder(shelf: Promise<Shelf>): Pictures {
  const urls = shallowReactive(new Map<string, string>())
  const blobs = new Map<string, Blob>()
  const asked = new Set<string>()

  function hold(id: string, file: Blob): void {
    if (urls.has(id)) return
    blobs.set(id, file)
    urls.set(id, URL.createObjectURL(file))
  }
  async function blob(id: string): Promise<Blob | null> {
    return blobs.get(id) ?? (await shelf).picture(id)
  }
  async function load(id: string): Promise<void> {
    const found = await blob(id)
    if (found !== null) hold(id, found)
  }
  function url(id: string): string {
    const known = urls.get(id)
    if (known === undefined && !asked.has(id)) {
      asked.add(id)
      void load(id)
    }
    return known ?? ''
  }
  onScopeDispose(() => urls.forEach((each) => URL.revokeObjectURL(each)))
  const pictures = { url, hold, blob }
  provide(KEY, pictures)
  return pictures
}

export function usePictures(): Pictures {
  const pictures = inject(KEY)
  if (pictures === undefined) throw new Error('no pictures are provided here')
  return pictures
}
