import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import { emptyDraft, type Draft, type Paper } from './draft'
import { openShelf } from './shelf'

const paper = (id: string, edited = false): Paper => ({
  id,
  name: `${id}.jpg`,
  media: 'jpeg',
  bytes: 3,
  mark: id,
  look: '',
  hints: [],
  edited,
  state: 'waiting',
  upload: null,
  trouble: null,
})
const blob = (text: string): Blob => new Blob([text], { type: 'image/jpeg' })
const DAY_MS = 86_400_000

describe('the shelf', () => {
  it('keeps a draft and its bytes over a reload, apart for each person', async () => {
    const mine = await openShelf('usr_a')
    const draft: Draft = { ...emptyDraft('k1'), note: '客户拜访', papers: [paper('p1')] }
    await mine.keepDraft(draft)
    await mine.keepFile('p1', 'original', blob('abc'))

    const again = await openShelf('usr_a')
    expect(await again.draft()).toEqual(draft)
    const file = await again.file('p1', 'original')
    expect(await file?.text()).toBe('abc')
    expect(file?.type).toBe('image/jpeg')

    const another = await openShelf('usr_b')
    expect(await another.draft()).toBeNull()
    expect(await another.file('p1', 'original')).toBeNull()
  })

  it('keeps the original of an edited picture after its claim was handed in, for a while', async () => {
    const shelf = await openShelf('usr_c')
    const draft: Draft = { ...emptyDraft('k2'), papers: [paper('p2', true), paper('p3')] }
    await shelf.keepDraft(draft)
    await shelf.keepFile('p2', 'original', blob('before'))
    await shelf.keepFile('p2', 'edited', blob('after'))
    await shelf.keepFile('p3', 'original', blob('plain'))
    await shelf.handedIn(draft, 'clm_1', DAY_MS)

    expect(await shelf.draft()).toBeNull()
    expect(await shelf.file('p2', 'edited')).toBeNull()
    expect((await shelf.originalsOf('clm_1')).map((each) => each.name)).toEqual(['p2.jpg'])
    expect(await (await openShelf('usr_d')).originalsOf('clm_1')).toEqual([])

    await shelf.handedIn(emptyDraft('k3'), 'clm_2', 40 * DAY_MS)
    expect(await shelf.originalsOf('clm_1')).toEqual([])
  })

  it('forgets all of a draft that is thrown away', async () => {
    const shelf = await openShelf('usr_e')
    const draft: Draft = { ...emptyDraft('k4'), papers: [paper('p5')] }
    await shelf.keepDraft(draft)
    await shelf.keepFile('p5', 'original', blob('x'))
    await shelf.clear(draft)
    expect(await shelf.draft()).toBeNull()
    expect(await shelf.file('p5', 'original')).toBeNull()
  })
})
