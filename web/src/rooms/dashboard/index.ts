import { DataAnalysis } from '@element-plus/icons-vue'
import type { Room } from '@/app/rooms'

export const dashboard: Room = {
  name: 'dashboard',
  path: '/dashboard',
  icon: DataAnalysis,
  needs: ['stages:read'],
  routes: [
    { path: '/dashboard', name: 'dashboard', component: () => import('./pages/DashboardPage.vue') },
    {
      path: '/dashboard/stages',
      name: 'stages',
      component: () => import('./pages/StagesPage.vue'),
    },
  ],
}
