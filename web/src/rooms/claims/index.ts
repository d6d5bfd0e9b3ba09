import { Tickets } from '@element-plus/icons-vue'
import type { Room } from '@/app/rooms'

export const claims: Room = {
  name: 'claims',
  path: '/claims',
  icon: Tickets,
  needs: ['claims:read'],
  routes: [{ path: '/claims', name: 'claims', component: () => import('./pages/ClaimsPage.vue') }],
}
