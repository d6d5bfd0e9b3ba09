import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import { noAnswer, type Conversation, type Picture } from './conversation'
import { CONVERSATIONS_MAX, openShelf, passingShelf } from './shelf'

const picture = (id: string): Picture => ({
  id,
  name: id,
  type: 'image/png',
  bytes: 3,
  width: 1,
  height: 1,
  mark: id,
})
const talk = (id: string, at: number): Conversation => ({
  id,
  title: '',
  named: false,
  at,
  turns: [
    {
      id: `${id}-1`,
      question: '?',
      pictures: [picture(`${id}-p`)],
      model: 'm',
      answer: noAnswer(),
    },
  ],
})

describe.each([
  ['in the browser', openShelf],
  ['in memory', async () => passingShelf()],
])('a shelf %s', (_, open) => {
  it('keeps conversations, the newest first, with their pictures', async () => {
    const shelf = await open(`usr_keep_${_}`)
    await shelf.keep(talk('a', 1))
    await shelf.keep(talk('b', 2))
    await shelf.keepPicture(picture('a-p'), new Blob(['abc'], { type: 'image/png' }))
    expect((await shelf.conversations()).map((each) => each.id)).toEqual(['b', 'a'])
    expect((await shelf.conversations())[1]).toEqual(talk('a', 1))
    expect(await (await shelf.picture('a-p'))?.text()).toBe('abc')
    await shelf.drop(talk('a', 1))
    expect(await shelf.picture('a-p')).toBeNull()
    await shelf.clear()
    expect(await shelf.conversations()).toEqual([])
  })
})

describe('the shelf of a browser that several use', () => {
  it('shows nobody what another asked, and lets nobody delete it', async () => {
    const mine = await openShelf('usr_a')
    const yours = await openShelf('usr_b')
    await mine.keep(talk('mine', 1))
    await mine.keepPicture(picture('mine-p'), new Blob(['x']))
    expect(await yours.conversations()).toEqual([])
    expect(await yours.picture('mine-p')).toBeNull()
    await yours.clear()
    expect(await mine.conversations()).toHaveLength(1)
  })

  it('holds so many, and lets the oldest go', async () => {
    const shelf = await openShelf('usr_c')
    for (let at = 0; at <= CONVERSATIONS_MAX; at += 1) await shelf.keep(talk(`t${at}`, at))
    const kept = await shelf.conversations()
    expect(kept).toHaveLength(CONVERSATIONS_MAX)
    expect(kept.at(-1)?.id).toBe('t1')
  })
})
