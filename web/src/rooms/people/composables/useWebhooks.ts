/** Endpoints outside that are called when something happens. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, told, type Shape } from '@/api/client'
import { ifMatch } from '../etag'

export type Webhook = Shape<'WebhookShown'>

const WEBHOOKS = ['people', 'webhooks'] as const
const at = (webhook: Pick<Webhook, 'id'>) => ({ webhook_id: webhook.id })

export function useWebhooks() {
  const client = useQueryClient()
  const refresh = () => client.invalidateQueries({ queryKey: WEBHOOKS })
  const query = useQuery({ queryKey: WEBHOOKS, queryFn: () => told(api.GET('/api/webhooks')) })
  const webhooks = computed(() => query.data.value?.webhooks ?? [])
  const creating = useMutation({
    mutationFn: (body: Shape<'WebhookBody'>) => told(api.POST('/api/webhooks', { body })),
    onSuccess: refresh,
  })
  // Whatever comes of it, what stands now is shown.
  const changing = useMutation({
    mutationFn: ({ webhook, body }: { webhook: Webhook; body: Shape<'WebhookChangeBody'> }) =>
      told(
        api.PATCH('/api/webhooks/{webhook_id}', {
          params: { path: at(webhook), header: ifMatch(webhook.version) },
          body,
        }),
      ),
    onSettled: refresh,
  })
  const removing = useMutation({
    mutationFn: async (webhook: Webhook) => {
      await told(api.DELETE('/api/webhooks/{webhook_id}', { params: { path: at(webhook) } }))
    },
    onSettled: refresh,
  })
  const testing = useMutation({
    mutationFn: (webhook: Webhook) =>
      told(api.POST('/api/webhooks/{webhook_id}/test', { params: { path: at(webhook) } })),
  })
  return { query, webhooks, creating, changing, removing, testing }
}
