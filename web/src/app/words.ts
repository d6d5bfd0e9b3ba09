/** The words of the frame around all rooms. */
export const words = {
  zh: {
    product: '阅批',
    signIn: '登录',
    nowhere: '没有这个页面',
    rooms: {
      claims: '报销单',
      review: '审核',
      ask: '提问',
      dashboard: '看板',
      policies: '规则',
      audit: '审计',
      people: '人员与密钥',
    },
  },
  en: {
    product: 'Yuepi',
    signIn: 'Sign in',
    nowhere: 'There is no such page',
    rooms: {
      claims: 'Claims',
      review: 'Review',
      ask: 'Ask',
      dashboard: 'Dashboard',
      policies: 'Policies',
      audit: 'Audit',
      people: 'People and keys',
    },
  },
}
