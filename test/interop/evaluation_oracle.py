"""Scores as scikit-learn, SciPy, statsmodels, surface-distance and connected-components-3d have them: JSON in, JSON out.

Undefined is null. Nothing here is niiserve's own code but the bootstrap rule of the contract, in six lines.
"""
import hashlib
import json
import sys
import warnings

import cc3d
import numpy as np
from scipy import ndimage, stats
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

warnings.simplefilter('ignore')
np.Inf = np.inf  # surface-distance 0.1 is older than NumPy 2
import surface_distance  # noqa: E402
from surface_distance import lookup_tables  # noqa: E402

GRADES = [0, 1, 2, 3, 4]


def indices(seed, b, n):
    """The bootstrap rule: n draws of floor(x * n / 2^32), x the big-endian words of SHA-256("seed:b:block")."""
    words = []
    while len(words) < n:
        digest = hashlib.sha256(f'{seed}:{b}:{len(words) // 8}'.encode()).digest()
        words += [int.from_bytes(digest[i:i + 4], 'big') for i in range(0, 32, 4)]
    return [x * n >> 32 for x in words[:n]]


def defined(value):
    return None if value is None or not np.isfinite(value) else float(value)


def kappa(y, p, weights):
    return metrics.cohen_kappa_score(y, p, weights=weights, labels=GRADES)


def ece(y, p, bins):
    edges = np.array([b / bins for b in range(bins + 1)])
    place = np.clip(np.digitize(p, edges, right=True) - 1, 0, bins - 1)
    return sum(abs(p[place == b].mean() - y[place == b].mean()) * (place == b).mean() for b in range(bins) if (place == b).any())


def f1(y, p, grade):
    return None if not ((y == grade) | (p == grade)).any() else metrics.f1_score(y == grade, p == grade)


def severity_metrics(y, p, probabilities, score, bins):
    """Everything that is bootstrapped, of one sample."""
    present = sorted(set(y.tolist()))
    found = {
        'qwk': kappa(y, p, 'quadratic'), 'kappaLinear': kappa(y, p, 'linear'),
        'balancedAccuracy': metrics.balanced_accuracy_score(y, p),
        'macroF1': metrics.f1_score(y, p, labels=present, average='macro', zero_division=0),
        'mae': metrics.mean_absolute_error(y, p), 'spearman': stats.spearmanr(y, p).statistic,
    }
    found |= {f'f1 {grade}': f1(y, p, grade) for grade in GRADES}
    if probabilities is not None:
        outcome = (y[:, None] <= np.arange(4)).astype(float)
        found['rps'] = ((probabilities[:, :4].cumsum(1) - outcome) ** 2).sum(1).mean()
    for t in (1, 2, 3, 4):
        s = at_threshold(probabilities, score, t)
        if s is None:
            continue
        positive = y >= t
        found[f'averagePrecision {t}'] = metrics.average_precision_score(positive, s) if positive.any() else None
        if probabilities is not None:
            found[f'brier {t}'] = np.mean((s - positive) ** 2)
            found[f'ece {t}'] = ece(positive, s, bins)
    return {name: defined(value) for name, value in found.items()}


def at_threshold(probabilities, score, t):
    if probabilities is not None:
        total = np.zeros(len(probabilities))
        for c in range(t, 5):
            total = total + probabilities[:, c]
        return total
    return score


def delong(s, positive):
    """The variance of the area under the ROC curve from its definition: all pairs, not ranks."""
    x, y = s[positive], s[~positive]
    psi = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
    return psi.mean(), psi.mean(1), psi.mean(0)


def auc(s, positive):
    if positive.sum() < 2 or (~positive).sum() < 2:
        return None
    value, v10, v01 = delong(s, positive)
    assert abs(value - metrics.roc_auc_score(positive, s)) < 1e-12
    sd = np.sqrt(v10.var(ddof=1) / len(v10) + v01.var(ddof=1) / len(v01))
    return {'value': value, 'low': max(0, value - stats.norm.ppf(0.975) * sd), 'high': min(1, value + stats.norm.ppf(0.975) * sd)}


def severity(case):
    y, p = np.array(case['reference']), np.array(case['predicted'])
    probabilities = None if case['probabilities'] is None else np.array(case['probabilities'])
    score = None if case['score'] is None else np.array(case['score'])
    whole = severity_metrics(y, p, probabilities, score, case['bins'])
    resampled = [[defined(value) for value in severity_metrics(
        y[i], p[i], None if probabilities is None else probabilities[i], None if score is None else score[i], case['bins']).values()]
        for i in (np.array(indices(case['seed'], b, len(y))) for b in range(case['resamples']))]
    intervals = {}
    for n, (name, value) in enumerate(whole.items()):
        values = [row[n] for row in resampled if row[n] is not None]
        if value is not None and values:
            low, high = np.quantile(values, [0.025, 0.975])
            intervals[name] = [low, high, len(resampled) - len(values)]
    roc = {}
    for t in (1, 2, 3, 4):
        s = at_threshold(probabilities, score, t)
        if s is not None and 0 < (y >= t).sum() < len(y):
            fpr, tpr, thresholds = metrics.roc_curve(y >= t, s, drop_intermediate=False)
            roc[t] = [[f, r, None if np.isinf(c) else c] for f, r, c in zip(fpr, tpr, thresholds)]
    return {
        'values': whole, 'intervals': intervals, 'roc': roc,
        'confusion': metrics.confusion_matrix(y, p, labels=GRADES).tolist(),
        'auc': {t: auc(s, y >= t) for t in (1, 2, 3, 4) if (s := at_threshold(probabilities, score, t)) is not None},
        'wilson': {t: list(proportion_confint(((y >= t) & (p >= t)).sum(), (y >= t).sum(), method='wilson')) for t in (1, 2, 3, 4) if (y >= t).any()},
        'accuracy': metrics.accuracy_score(y, p),
    }


def compared(case):
    """Two runs: DeLong's paired test from all pairs, McNemar's and Wilcoxon's tests from statsmodels and SciPy."""
    y, a, b = (np.array(case[name]) for name in ('reference', 'a', 'b'))
    found = {'auc': {}, 'mcnemar': {}}
    for t in (1, 2, 3, 4):
        positive = y >= t
        table = [[0, int((((a >= t) == positive) & ((b >= t) != positive)).sum())], [int((((a >= t) != positive) & ((b >= t) == positive)).sum()), 0]]
        found['mcnemar'][t] = [table[0][1], table[1][0], float(mcnemar(table, exact=True).pvalue)]
        if positive.sum() < 2 or (~positive).sum() < 2:
            continue
        (auc_a, a10, a01), (auc_b, b10, b01) = delong(np.array(case['scoreA']), positive), delong(np.array(case['scoreB']), positive)
        variance = (a10 - b10).var(ddof=1) / len(a10) + (a01 - b01).var(ddof=1) / len(a01)
        found['auc'][t] = [auc_a - auc_b, 2 * stats.norm.sf(abs(auc_a - auc_b) / np.sqrt(variance)) if variance > 1e-15 else None]
    d = np.array(case['differences'])
    d = d[d != 0]
    tied = len(set(np.abs(d))) < len(d)
    if len(d) == 0:
        found['wilcoxon'] = 1
    elif len(d) > 50:
        found['wilcoxon'] = stats.wilcoxon(d, method='approx', correction=False).pvalue
    elif not tied:
        found['wilcoxon'] = stats.wilcoxon(d, method='exact').pvalue
    else:
        found['wilcoxon'] = stats.wilcoxon(d, method=stats.PermutationMethod(n_resamples=np.inf)).pvalue if len(d) <= 12 else None
    return found


def percentile(distances, areas):
    """surface-distance's own, and its neighbours where the 95 % fall on the edge between two surfels to the last digit."""
    share = np.cumsum(areas) / np.sum(areas)
    at = min(np.searchsorted(share, 0.95), len(share) - 1)
    near = np.flatnonzero(np.abs(share - 0.95) < 1e-9)
    return {float(distances[at])} | {float(distances[min(n + d, len(share) - 1)]) for n in near for d in (0, 1)}


def mask(case):
    shape = case['shape']
    r, p = (np.array(case[name], bool).reshape(shape, order='F') for name in ('reference', 'prediction'))
    found = {'hd95Mm': [], 'assdMm': None, 'nsd': None}
    if r.any() and p.any():
        # A margin, because surface-distance knows the edge of an array only at its end.
        distances = surface_distance.compute_surface_distances(np.pad(r, 1), np.pad(p, 1), case['spacing'])
        there = percentile(distances['distances_gt_to_pred'], distances['surfel_areas_gt'])
        back = percentile(distances['distances_pred_to_gt'], distances['surfel_areas_pred'])
        found['hd95Mm'] = sorted({max(a, b) for a in there for b in back})
        assert surface_distance.compute_robust_hausdorff(distances, 95) in found['hd95Mm']
        found['assdMm'] = float(np.mean(surface_distance.compute_average_surface_distance(distances)))
        found['nsd'] = float(surface_distance.compute_surface_dice_at_tolerance(distances, case['tolerance']))
    labels_r, labels_p = cc3d.connected_components(r, connectivity=26), cc3d.connected_components(p, connectivity=26)
    assert labels_r.max() == ndimage.label(r, np.ones((3, 3, 3)))[1]
    pairs, counts = np.unique(np.stack([labels_r[r & p], labels_p[r & p]]), axis=1, return_counts=True) if (r & p).any() else (np.zeros((2, 0)), [])
    hit_r, hit_p = set(pairs[0].tolist()), set(pairs[1].tolist())
    found['lesions'] = [int(labels_r.max()), int(labels_p.max()), len(hit_r), int(labels_r.max()) - len(hit_r), int(labels_p.max()) - len(hit_p)]
    found['overlaps'] = sorted(int(count) for count in counts)
    sizes = np.bincount(labels_r[r])[1:] if r.any() else np.array([], int)
    found['missedSizes'] = sorted((int(size) for n, size in enumerate(sizes, 1) if n not in hit_r), reverse=True)
    found['dice'] = defined(2 * (r & p).sum() / (r.sum() + p.sum())) if r.any() or p.any() else None
    found['iou'] = defined(metrics.jaccard_score(r.ravel(), p.ravel())) if r.any() or p.any() else None
    return found


def areas(case):
    return lookup_tables.create_table_neighbour_code_to_surface_area(case['spacing']).tolist()


ASK = {'severity': severity, 'compared': compared, 'mask': mask, 'areas': areas, 'indices': lambda case: indices(case['seed'], case['b'], case['n'])}

if __name__ == '__main__':
    json.dump([ASK[case['ask']](case) for case in json.load(sys.stdin)], sys.stdout)
