import { ProblemError } from '@order-flow/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, Navigate, useSearchParams } from 'react-router'
import { client } from '../../api.ts'
import { ErrorNotice } from '../../ErrorNotice.tsx'
import { useAccount } from '../../queries.ts'
import { enterSession } from '../../session.ts'
import { Button } from '../../ui/Button.tsx'
import { Field } from '../../ui/Field.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { useTitle } from '../../ui/Page.tsx'
import { nextPath } from './next-path.ts'

/** Signing in, or making an account; then on to `?next=`. */
export function SignInPage({ mode }: { mode: 'sign-in' | 'register' }) {
  const { t } = useTranslation()
  const [parameters] = useSearchParams()
  const next = parameters.get('next')
  const account = useAccount()
  const registering = mode === 'register'
  const title = registering ? t('account.registerTitle') : t('account.signInTitle')
  useTitle(title)
  if (account) return <Navigate to={nextPath(next, account)} replace />
  const query = next === null ? '' : `?${new URLSearchParams({ next })}`
  return (
    <div className="mx-auto w-full max-w-md px-4 py-10 sm:py-16">
      <h1 className="mb-6 text-center font-display text-3xl">{title}</h1>
      <div className="rounded-2xl border border-line bg-surface p-6 shadow-card sm:p-8">
        {next === null ? null : (
          <div className="mb-5">
            <Notice tone="calm">{t('account.needed')}</Notice>
          </div>
        )}
        <SignInForm key={mode} registering={registering} />
      </div>
      <p className="mt-5 text-center">
        <Link
          replace
          to={(registering ? '/sign-in' : '/register') + query}
          className="inline-block py-2 text-accent underline-offset-4 hover:underline"
        >
          {registering ? t('account.toSignIn') : t('account.toRegister')}
        </Link>
      </p>
    </div>
  )
}

function SignInForm({ registering }: { registering: boolean }) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const entering = useMutation({
    mutationFn: (form: FormData) => {
      const text = (field: string) => String(form.get(field) ?? '')
      const credentials = { email: text('email').trim(), password: text('password') }
      return registering ? client.register({ ...credentials, name: text('name').trim() }) : client.login(credentials)
    },
    onSuccess: ({ account }) => enterSession(queries, account),
  })
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    entering.mutate(new FormData(event.currentTarget))
  }
  return (
    <form onSubmit={onSubmit} className="space-y-4">
      {registering ? <Field label={t('account.name')} name="name" autoComplete="name" required maxLength={100} /> : null}
      <Field data-testid="email" label={t('account.email')} name="email" type="email" autoComplete="email" required maxLength={254} />
      <Field
        data-testid="password"
        label={t('account.password')}
        name="password"
        type="password"
        required
        maxLength={256}
        minLength={registering ? 10 : 1}
        hint={registering ? t('account.passwordHint') : undefined}
        autoComplete={registering ? 'new-password' : 'current-password'}
      />
      {entering.error ? <SignInError error={entering.error} /> : null}
      <Button data-testid="sign-in" type="submit" busy={entering.isPending} className="w-full">
        {registering ? t('account.register') : t('account.signIn')}
      </Button>
    </form>
  )
}

function SignInError({ error }: { error: unknown }) {
  const { t } = useTranslation()
  const wrong = error instanceof ProblemError && error.status === 401
  return wrong ? <Notice tone="bad">{t('account.wrong')}</Notice> : <ErrorNotice error={error} />
}
