import { Checked } from '@element-plus/icons-vue'
import type { Room } from '@/app/rooms'

export const review: Room = {
  name: 'review',
  path: '/review',
  icon: Checked,
  needs: ['reviews:decide'],
  routes: [
    { path: '/review', name: 'review', component: () => import('./pages/QueuePage.vue') },
    {
      path: '/review/:id',
      name: 'review-item',
      component: () => import('./pages/ItemPage.vue'),
      meta: { ownFocus: true },
    },
  ],
}
