import { type Family, type Labels, number, renderFamily, type Sample } from './exposition.js'

/** Only grows. Its label values are ours, or bounded by `boundedNames`: each is kept for good. */
interface Counter {
  add(by: number, labels?: Labels): void
}

interface Histogram {
  observe(value: number): void
}

export interface Registry {
  counter(name: string, help: string): Counter
  /** `bounds` ascend; +Inf is added. */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram
  /** What is read when somebody asks; a number has no labels, undefined is not known. */
  gauge(name: string, help: string, read: () => number | undefined | readonly Sample[]): void
  /** The same for what grows by itself, such as CPU time. */
  reading(name: string, help: string, read: () => number): void
  render(): string
}

/** As small as a daemon needs: an observation is a few additions, all text is made when somebody asks. */
export function createRegistry(): Registry {
  const families = new Map<string, () => Family>()

  const register = (family: Omit<Family, 'samples'>, samples: () => readonly Sample[]): void => {
    const { name } = family
    if (!/^[a-z_][a-z0-9_]*$/.test(name) || families.has(name)) {
      throw new TypeError(`not a new name of a metric: ${name}`)
    }
    families.set(name, () => ({ ...family, samples: samples() }))
  }

  return {
    counter(name, help) {
      const counted = new Map<string, { labels: Labels | undefined; value: number }>()
      register({ name, help, type: 'counter' }, () => [...counted.values()].map(withoutUndefined))
      return {
        add(by, labels) {
          const key = labels === undefined ? '' : JSON.stringify(labels)
          const known = counted.get(key)
          if (known !== undefined) known.value += by
          else counted.set(key, { labels, value: by })
        },
      }
    },

    histogram(name, help, bounds) {
      // The last is for what passes every bound.
      const counts = new Array<number>(bounds.length + 1).fill(0)
      let sum = 0
      register({ name, help, type: 'histogram' }, () => buckets(bounds, counts, sum))
      return {
        observe(value) {
          let index = 0
          for (const bound of bounds) {
            if (value <= bound) break
            index++
          }
          counts[index] = (counts[index] ?? 0) + 1
          sum += value
        },
      }
    },

    gauge(name, help, read) {
      register({ name, help, type: 'gauge' }, () => {
        const value = read()
        return value === undefined ? [] : typeof value === 'number' ? [{ value }] : value
      })
    },

    reading(name, help, read) {
      register({ name, help, type: 'counter' }, () => [{ value: read() }])
    },

    render: () => [...families.values()].map((family) => renderFamily(family())).join(''),
  }
}

function withoutUndefined({ labels, value }: { labels: Labels | undefined; value: number }) {
  return labels === undefined ? { value } : { labels, value }
}

/** Each bucket counts what the smaller ones do, too. */
function buckets(bounds: readonly number[], counts: readonly number[], sum: number): Sample[] {
  let count = 0
  const samples: Sample[] = [...bounds, Infinity].map((bound, index) => {
    count += counts[index] ?? 0
    return { suffix: '_bucket', labels: { le: number(bound) }, value: count }
  })
  return [...samples, { suffix: '_sum', value: sum }, { suffix: '_count', value: count }]
}
