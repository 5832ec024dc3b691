/** What a REFER says: RFC 3515 §2.1, with RFC 3891 for whose place is to be taken, RFC 3892 and RFC 4488. */

import { type Address, createAddress } from '../syntax/address.js'
import type { HeaderInputs } from '../syntax/header-value.js'
import { toUri, type Uri } from '../syntax/uri.js'
import type { Dialog } from './dialog.js'

/** A dialog, or what an application has of it. */
export type DialogHolder = Dialog | { readonly dialog: Dialog }

export interface ReferOptions {
  /** The dialog of whoever is called that the new one takes the place of (RFC 3891). */
  readonly replaces?: DialogHolder
  /** Whether we want to be told what becomes of it (RFC 4488); true unless given. */
  readonly report?: boolean
  readonly headers?: HeaderInputs
}

/** Throws TypeError for what is no URI. With a dialog as target its peer is to be called, and that dialog replaced. */
export function referHeaders(
  target: string | Uri | DialogHolder,
  { replaces, report = true, headers }: ReferOptions,
  by: Uri,
): HeaderInputs {
  const consulted = isHolder(target) ? dialogOf(target) : undefined
  const uri = isHolder(target) ? dialogOf(target).remoteTarget : toUri(target)
  const other = replaces === undefined ? consulted : dialogOf(replaces)
  const asked = other === undefined || !uri.isSip ? uri : uri.with({ headers: { Replaces: replacesText(other) } })
  const to: Address = createAddress({ uri: asked })
  const quiet = report ? {} : { 'Refer-Sub': 'false', Supported: 'norefersub' }
  return { 'Refer-To': to, 'Referred-By': `<${by}>`, ...quiet, ...headers }
}

/** RFC 3891 §6.1: the dialog as its peer sees it. */
export function replacesText(holder: DialogHolder): string {
  const { callId, localTag, remoteTag } = dialogOf(holder)
  return `${callId};to-tag=${remoteTag};from-tag=${localTag}`
}

function dialogOf(holder: DialogHolder): Dialog {
  return 'dialog' in holder ? holder.dialog : holder
}

function isHolder(target: string | Uri | DialogHolder): target is DialogHolder {
  return typeof target === 'object' && ('dialog' in target || 'remoteTarget' in target)
}
