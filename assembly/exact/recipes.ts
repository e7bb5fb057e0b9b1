/**
 * What the orders of the descent are made of, learned while it runs: recipes that have led to a better plan are tried
 * again, a little changed, and displace older ones. A third of all are drawn anew, so that none is ever out of reach.
 */
import {alloc} from '../memory/arena';
import {setU32, u32At} from '../memory/column';
import {below, Random} from '../search/random';

@unmanaged
export class Recipe {
  /** The order of the best plan, shifted a little; the rest is of no account then. */
  isLikeBest: bool;
  /** Whether T (`ranking.ts`) comes first. */
  heaviestFirst: bool;
  /** Then lifetime × size^(exponent / 16), each buffer's bent by up to noise / 2^14 octaves. */
  exponent: i32;
  noise: u32;
}

@unmanaged
export class Recipes {
  /** u32 ×NUM_RECIPES: addresses of recipes. */
  pool: usize;
  /** The one drawn last, and which of the pool goes next. */
  last: Recipe;
  oldest: u32;
}

const NUM_RECIPES: u32 = 8;
const LEAST_NOISE: u32 = 640;
const NUM_NOISES: u32 = 5;
const AREA: i32 = 16;

/** Begins with what MiniMalloc's orders are made of, lifetime above all, and with the order of the best plan. */
export function newRecipes(): Recipes {
  const recipes = changetype<Recipes>(alloc(offsetof<Recipes>()));
  recipes.pool = alloc(NUM_RECIPES << 2);
  recipes.last = newRecipe();
  recipes.oldest = 0;
  for (let i: u32 = 0; i < NUM_RECIPES; i++) {
    const recipe = newRecipe();
    recipe.isLikeBest = i < 2;
    recipe.heaviestFirst = i == 2 || i == 3;
    recipe.exponent = i == 2 ? AREA : 0;
    recipe.noise = LEAST_NOISE << (i % NUM_NOISES);
    setU32(recipes.pool, i, <u32>changetype<usize>(recipe));
  }
  return recipes;
}

function newRecipe(): Recipe {
  return changetype<Recipe>(alloc(offsetof<Recipe>()));
}

/** The next recipe, valid until another is drawn. */
export function drawRecipe(recipes: Recipes, random: Random): Recipe {
  const recipe = recipes.last;
  if (below(random, 3) == 0) {
    recipe.isLikeBest = below(random, 3) == 0;
    recipe.heaviestFirst = below(random, 3) == 0;
    recipe.exponent = AREA - <i32>below(random, 25);
    recipe.noise = LEAST_NOISE << below(random, NUM_NOISES);
    return recipe;
  }
  copyRecipe(recipe, changetype<Recipe>(<usize>u32At(recipes.pool, below(random, NUM_RECIPES))));
  recipe.exponent += <i32>below(random, 3) - 1;
  const change = below(random, 4);
  if (change == 0) recipe.noise = min(recipe.noise * 2, LEAST_NOISE << (NUM_NOISES - 1));
  if (change == 1) recipe.noise = max(recipe.noise >> 1, LEAST_NOISE);
  return recipe;
}

/** The recipe drawn last has led to a better plan. */
export function rewardRecipe(recipes: Recipes): void {
  copyRecipe(changetype<Recipe>(<usize>u32At(recipes.pool, recipes.oldest)), recipes.last);
  recipes.oldest = (recipes.oldest + 1) % NUM_RECIPES;
}

function copyRecipe(to: Recipe, from: Recipe): void {
  memory.copy(changetype<usize>(to), changetype<usize>(from), offsetof<Recipe>());
}
