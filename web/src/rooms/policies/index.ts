import { SetUp } from '@element-plus/icons-vue'
import type { Room } from '@/app/rooms'

export const policies: Room = {
  name: 'policies',
  path: '/policies',
  icon: SetUp,
  needs: ['stages:read'],
  routes: [
    { path: '/policies', name: 'policies', component: () => import('./pages/PoliciesPage.vue') },
  ],
}
