import { type SafeText, sanitiseLine } from './sanitise.js'

const REFERENCE = /&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-zA-Z][a-zA-Z\d]{1,30}));/g

// The names that models write. Others of HTML's 2,231 stay as they are, which reads no worse.
const NAMED: Readonly<Record<string, string>> = Object.fromEntries(
  `amp & lt < gt > quot " apos ' nbsp \u00a0 ensp \u2002 emsp \u2003 thinsp \u2009 copy © reg ® trade ™
  hellip … mdash — ndash – minus − lsquo ‘ rsquo ’ ldquo “ rdquo ” sbquo ‚ bdquo „ laquo « raquo »
  lsaquo ‹ rsaquo › bull • middot · dagger † Dagger ‡ sect § para ¶ deg ° prime ′ Prime ″ permil ‰
  cent ¢ pound £ yen ¥ euro € curren ¤ iexcl ¡ iquest ¿ times × divide ÷ plusmn ± frac12 ½ frac14 ¼
  frac34 ¾ sup1 ¹ sup2 ² sup3 ³ ordf ª ordm º micro µ not ¬ larr ← uarr ↑ rarr → darr ↓ harr ↔
  lArr ⇐ rArr ⇒ hArr ⇔ forall ∀ exist ∃ empty ∅ part ∂ nabla ∇ isin ∈ notin ∉ ni ∋ prod ∏ sum ∑
  radic √ prop ∝ infin ∞ ang ∠ and ∧ or ∨ cap ∩ cup ∪ int ∫ there4 ∴ sim ∼ cong ≅ asymp ≈ ne ≠
  equiv ≡ le ≤ ge ≥ sub ⊂ sup ⊃ sube ⊆ supe ⊇ oplus ⊕ otimes ⊗ perp ⊥ lfloor ⌊ rfloor ⌋ lceil ⌈
  rceil ⌉ check ✓ cross ✗ star ☆ starf ★ hearts ♥ Alpha Α Beta Β Gamma Γ Delta Δ Theta Θ Lambda Λ
  Pi Π Sigma Σ Phi Φ Psi Ψ Omega Ω alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ
  iota ι kappa κ lambda λ mu μ nu ν xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi φ chi χ psi ψ omega ω
  Agrave À Aacute Á Acirc Â Atilde Ã Auml Ä Aring Å AElig Æ Ccedil Ç Egrave È Eacute É Ecirc Ê Euml Ë
  Ntilde Ñ Oacute Ó Ocirc Ô Ouml Ö Oslash Ø Uacute Ú Uuml Ü szlig ß agrave à aacute á acirc â atilde ã
  auml ä aring å aelig æ ccedil ç egrave è eacute é ecirc ê euml ë igrave ì iacute í icirc î iuml ï
  ntilde ñ ograve ò oacute ó ocirc ô otilde õ ouml ö oslash ø ugrave ù uacute ú ucirc û uuml ü
  lbrace { rbrace } lbrack [ rbrack ] lpar ( rpar ) lsqb [ rsqb ] vert | verbar | bsol \\ sol / num #
  ast * lowbar _ grave \` excl ! colon : semi ; comma , period . dollar $ percnt % commat @ equals =
  plus + quest ? Tab \u0020 NewLine \u0020`
    .split(/[ \n]+(?=[A-Za-z])/)
    .map((pair) => pair.split(' '))
    .filter((pair) => pair.length === 2),
)

/**
 * Decodes character references and makes the result safe again: `&#27;` is the visible mark of
 * ESC, never ESC, and `&#10;` is a space.
 */
export function decodeEntities(text: SafeText): SafeText {
  if (!text.includes('&')) return text
  return text.replace(REFERENCE, (whole: string, decimal, hex, name) => {
    if (name !== undefined) return Object.hasOwn(NAMED, name) ? (NAMED[name] ?? whole) : whole
    const code = decimal ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16)
    const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
    return isCharacter ? sanitiseLine(String.fromCodePoint(code)) : '\ufffd'
  }) as SafeText
}
