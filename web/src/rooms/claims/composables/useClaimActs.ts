/** What one may do with a claim. Each stands on the version last seen, and is sent once. */
import { useMutation, useQueryClient } from '@tanstack/vue-query'
import type { Ref } from 'vue'
import { api, problemIn, send, told, type Shape } from '@/api/client'
import { asProblem } from '@/api/problem'
import { freshId } from '../draft/freshId'

export type Act =
  | { do: 'cancel' }
  | { do: 'appeal'; reason: string }
  | { do: 'answer'; text: string; files: readonly File[] }
  | { do: 'override'; verdict: 'approve' | 'reject'; reason: string; despite_held: boolean }
  | { do: 'release'; to: 'machine' | 'person'; reason: string }

export function useClaimActs(id: Ref<string>, etag: Ref<string>) {
  const queries = useQueryClient()
  /** The key of what is tried now: after a lost answer the same is asked again. */
  let tried: { what: string; key: string } | null = null

  function keyOf(act: Act): string {
    const files = act.do === 'answer' ? act.files.map(({ name, size }) => [name, size]) : []
    const what = JSON.stringify([id.value, etag.value, act, files])
    if (tried?.what !== what) tried = { what, key: `web-${freshId()}` }
    return tried.key
  }

  async function done(act: Act): Promise<Shape<'ClaimShown'>> {
    const path = { claim_id: id.value }
    const header = { 'If-Match': etag.value, 'Idempotency-Key': keyOf(act) }
    const params = { path, header }
    switch (act.do) {
      case 'cancel':
        return told(api.POST('/api/claims/{claim_id}/cancel', { params }))
      case 'appeal':
        return told(
          api.POST('/api/claims/{claim_id}/appeal', { params, body: { reason: act.reason } }),
        )
      case 'override': {
        const { verdict, reason, despite_held } = act
        const body = { verdict, reason, despite_held }
        return told(api.POST('/api/claims/{claim_id}/override', { params, body }))
      }
      case 'release':
        return told(
          api.POST('/api/claims/{claim_id}/release', {
            params,
            body: { to: act.to, reason: act.reason },
          }),
        )
      case 'answer':
        return answered(act, header)
    }
  }

  async function answered(
    act: Extract<Act, { do: 'answer' }>,
    headers: Record<string, string>,
  ): Promise<Shape<'ClaimShown'>> {
    const form = new FormData()
    form.append('text', act.text)
    for (const file of act.files) form.append('files', file, file.name)
    const address = `${window.location.origin}/api/claims/${encodeURIComponent(id.value)}/answer`
    const response = await send(new Request(address, { method: 'POST', body: form, headers }))
    if (!response.ok) throw await problemIn(response)
    return (await response.json()) as Shape<'ClaimShown'>
  }

  const changed = (): Promise<unknown> =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ['claim', id.value] }),
      queries.invalidateQueries({ queryKey: ['claims'] }),
    ])

  const acting = useMutation({
    mutationFn: done,
    async onSuccess() {
      tried = null
      await changed()
    },
    async onError(error) {
      // What it stood on has changed: what is there now is shown, and the words stay typed.
      if (asProblem(error).status === 409) await changed()
    },
  })
  return acting
}
