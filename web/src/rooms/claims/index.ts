import { Tickets } from '@element-plus/icons-vue'
import type { Room } from '@/app/rooms'

export const claims: Room = {
  name: 'claims',
  path: '/claims',
  icon: Tickets,
  needs: ['claims:read'],
  routes: [
    { path: '/claims', name: 'claims', component: () => import('./pages/ClaimsPage.vue') },
    {
      path: '/claims/new',
      name: 'claims-new',
      component: () => import('./pages/SubmitPage.vue'),
      meta: { needs: ['claims:submit'] },
    },
    { path: '/claims/:id', name: 'claim', component: () => import('./pages/ClaimPage.vue') },
  ],
}
