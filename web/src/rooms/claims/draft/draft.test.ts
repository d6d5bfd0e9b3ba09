import { describe, expect, it } from 'vitest'
import { emptyDraft, obstacle, resumed, saidOf, spotKey, stepped, type Paper } from './draft'

const paper = (more: Partial<Paper> = {}): Paper => ({
  id: 'p1',
  name: 'a.jpg',
  media: 'jpeg',
  bytes: 10,
  mark: 'm',
  look: '',
  hints: [],
  edited: false,
  state: 'waiting',
  upload: null,
  trouble: null,
  ...more,
})
const trouble = { code: 'damaged', message: 'is damaged', remedy: 'again' }

describe('a paper of a draft', () => {
  it('is sent once and then kept', () => {
    const sending = stepped(paper(), { to: 'sending' })
    const sent = stepped(sending, { to: 'sent', upload: 'upl_1' })
    expect(sent).toMatchObject({ state: 'sent', upload: 'upl_1' })
    expect(stepped(sent, { to: 'sending' })).toBe(sent)
  })

  it('takes no answer that is about what it was before', () => {
    const edited = stepped(paper({ state: 'sending' }), {
      to: 'edited',
      bytes: 5,
      look: '',
      hints: [],
      edited: true,
    })
    expect(edited.state).toBe('waiting')
    expect(stepped(edited, { to: 'sent', upload: 'old' })).toBe(edited)
  })

  it('that was refused can be tried again', () => {
    const refused = stepped(paper({ state: 'sending' }), { to: 'refused', trouble })
    expect(refused.trouble).toEqual(trouble)
    expect(stepped(refused, { to: 'waiting' })).toMatchObject({ state: 'waiting', trouble: null })
  })
})

describe('a draft', () => {
  it('goes on after a reload', () => {
    const draft = { ...emptyDraft('k'), papers: [paper({ state: 'sending' })] }
    expect(resumed(draft).papers[0]?.state).toBe('waiting')
    expect(resumed(draft).key).toBe('k')
  })

  it('can be handed in once the desk has every paper', () => {
    const draft = emptyDraft('k')
    expect(obstacle(draft)).toBe('no_papers')
    expect(obstacle({ ...draft, papers: [paper()] })).toBe('sending')
    expect(obstacle({ ...draft, papers: [paper({ state: 'refused' })] })).toBe('refused')
    expect(obstacle({ ...draft, papers: [paper({ state: 'sent', upload: 'u' })] })).toBeNull()
  })

  it('says only what is about papers that are there', () => {
    const at = { file_at: 0, reading_at: 1, field: 'total' }
    const draft = {
      ...emptyDraft('k'),
      papers: [paper({ state: 'sent', upload: 'u1' })],
      said: {
        [spotKey({ upload: 'u1', ...at })]: ' 12.00 ',
        [spotKey({ upload: 'gone', ...at })]: '1',
        [spotKey({ upload: 'u1', ...at, field: 'date' })]: '  ',
      },
    }
    expect(saidOf(draft)).toEqual([{ upload: 'u1', ...at, value: '12.00' }])
  })
})
