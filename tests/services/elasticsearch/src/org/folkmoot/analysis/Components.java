package org.folkmoot.analysis;

import java.io.IOException;
import java.io.Reader;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.TokenFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.charfilter.NormalizeCharMap;
import org.apache.lucene.analysis.de.GermanLightStemFilter;
import org.apache.lucene.analysis.de.GermanMinimalStemFilter;
import org.apache.lucene.analysis.en.EnglishMinimalStemFilter;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.KStemFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.miscellaneous.WordDelimiterGraphFilter;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.sv.SwedishLightStemFilter;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.index.IndexSettings;
import org.elasticsearch.index.analysis.AbstractIndexAnalyzerProvider;
import org.elasticsearch.index.analysis.Analysis;
import org.elasticsearch.index.analysis.AnalyzerProvider;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.NormalizingCharFilterFactory;
import org.elasticsearch.index.analysis.NormalizingTokenFilterFactory;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;

/** Wraps Lucene's components as Elasticsearch's factories; the names are in {@link FolkmootAnalysisPlugin}. */
final class Components {

    private Components() {}

    /** Reads an element's settings once, when an index is opened, and gives the function that wraps each stream. */
    interface Wrap<T> {
        UnaryOperator<T> of(IndexSettings index, Environment env, Settings settings) throws IOException;
    }

    /** The same for a tokenizer, which wraps nothing. */
    interface NewTokenizer {
        Supplier<Tokenizer> of(IndexSettings index, Settings settings);
    }

    static void filter(Map<String, AnalysisProvider<TokenFilterFactory>> all, String name, Wrap<TokenStream> wrap) {
        all.put(name, (index, env, own, settings) -> new Tokens(own, wrap.of(index, env, settings)));
    }

    /** A filter that keyword normalizers may use too: it works character by character. */
    static void normalizing(Map<String, AnalysisProvider<TokenFilterFactory>> all, String name, Wrap<TokenStream> wrap) {
        all.put(name, (index, env, own, settings) -> new NormalizingTokens(own, wrap.of(index, env, settings)));
    }

    /** Says which have no defaults: every other one is also made, without settings, for each index that is opened. */
    static <T> void needSettings(Map<String, AnalysisProvider<T>> all, String... names) {
        for (String name : names) {
            all.computeIfPresent(name, (same, provider) -> AnalysisPlugin.requiresAnalysisSettings(provider));
        }
    }

    static void tokenizer(Map<String, AnalysisProvider<TokenizerFactory>> all, String name, NewTokenizer made) {
        all.put(name, (index, env, own, settings) -> TokenizerFactory.newFactory(own, made.of(index, settings)));
    }

    static void analyzer(
        Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> all,
        String name,
        CharArraySet stopwords,
        BiFunction<CharArraySet, CharArraySet, Analyzer> made
    ) {
        all.put(name, (index, env, own, settings) -> {
            CharArraySet stop = Analysis.parseStopWords(env, settings, stopwords);
            CharArraySet unstemmed = Analysis.parseStemExclusion(settings, CharArraySet.EMPTY_SET);
            return new Fixed(own, settings, made.apply(stop, unstemmed));
        });
    }

    private static final Map<String, UnaryOperator<TokenStream>> STEMMERS = Map.of(
        "english", PorterStemFilter::new,
        "porter", PorterStemFilter::new,
        "light_english", KStemFilter::new,
        "minimal_english", EnglishMinimalStemFilter::new,
        "possessive_english", EnglishPossessiveFilter::new,
        "light_german", GermanLightStemFilter::new,
        "minimal_german", GermanMinimalStemFilter::new,
        "light_swedish", SwedishLightStemFilter::new,
        "porter2", in -> new SnowballFilter(in, "English"),
        "dutch_kp", in -> new SnowballFilter(in, "Kp")
    );
    private static final Set<String> SNOWBALL = Set.of(
        "danish", "dutch", "estonian", "finnish", "french", "german", "german2", "italian", "lithuanian", "norwegian",
        "portuguese", "russian", "spanish", "swedish"
    );

    static UnaryOperator<TokenStream> stemmer(String language) {
        String asked = language.toLowerCase(Locale.ROOT);
        if (STEMMERS.containsKey(asked)) {
            return STEMMERS.get(asked);
        }
        if (SNOWBALL.contains(asked) == false) {
            throw new IllegalArgumentException("stemmer: [" + language + "] is not in the test server");
        }
        return in -> new SnowballFilter(in, capitalised(asked));
    }

    static String capitalised(String word) {
        return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
    }

    static String required(Settings settings, String key) {
        String value = settings.get(key);
        if (value == null) {
            throw new IllegalArgumentException("[" + key + "] is missing");
        }
        return value;
    }

    /** As the stock server does, so that an index that it would refuse is refused here too. */
    static void checkGrams(IndexSettings index, int min, int max) {
        int allowed = index == null ? 1 : index.getMaxNgramDiff();
        if (max - min > allowed) {
            throw new IllegalArgumentException(
                "The difference between max_gram and min_gram in NGram must be less than or equal to [" + allowed
                    + "] but was [" + (max - min) + "]: set [index.max_ngram_diff]"
            );
        }
    }

    static int wordDelimiterFlags(Settings s) {
        return flag(s, "generate_word_parts", true, WordDelimiterGraphFilter.GENERATE_WORD_PARTS)
            | flag(s, "generate_number_parts", true, WordDelimiterGraphFilter.GENERATE_NUMBER_PARTS)
            | flag(s, "catenate_words", false, WordDelimiterGraphFilter.CATENATE_WORDS)
            | flag(s, "catenate_numbers", false, WordDelimiterGraphFilter.CATENATE_NUMBERS)
            | flag(s, "catenate_all", false, WordDelimiterGraphFilter.CATENATE_ALL)
            | flag(s, "split_on_case_change", true, WordDelimiterGraphFilter.SPLIT_ON_CASE_CHANGE)
            | flag(s, "preserve_original", false, WordDelimiterGraphFilter.PRESERVE_ORIGINAL)
            | flag(s, "split_on_numerics", true, WordDelimiterGraphFilter.SPLIT_ON_NUMERICS)
            | flag(s, "stem_english_possessive", true, WordDelimiterGraphFilter.STEM_ENGLISH_POSSESSIVE)
            | flag(s, "ignore_keywords", false, WordDelimiterGraphFilter.IGNORE_KEYWORDS);
    }

    private static int flag(Settings settings, String key, boolean byDefault, int bit) {
        return settings.getAsBoolean(key, byDefault) ? bit : 0;
    }

    /** {@code rules} are "from => to". */
    static NormalizeCharMap charMap(List<String> rules) {
        NormalizeCharMap.Builder map = new NormalizeCharMap.Builder();
        for (String rule : rules) {
            String[] sides = rule.split("=>", 2);
            if (sides.length != 2) {
                throw new IllegalArgumentException("mapping: [" + rule + "] is not of the form [from => to]");
            }
            map.add(sides[0].strip(), sides[1].strip());
        }
        return map.build();
    }

    /** The setting token_chars of the gram tokenizers: none given means every character. */
    record TokenChars(List<String> classes, String custom) {
        static TokenChars of(Settings settings) {
            return new TokenChars(settings.getAsList("token_chars"), settings.get("custom_token_chars", ""));
        }

        boolean matches(int c) {
            return classes.isEmpty() || classes.stream().anyMatch(name -> in(name, c));
        }

        private boolean in(String name, int c) {
            return switch (name) {
                case "letter" -> Character.isLetter(c);
                case "digit" -> Character.isDigit(c);
                case "whitespace" -> Character.isWhitespace(c);
                case "custom" -> custom.indexOf(c) >= 0;
                case "punctuation" -> Character.toString(c).matches("\\p{P}");
                case "symbol" -> Character.toString(c).matches("\\p{S}");
                default -> throw new IllegalArgumentException("token_chars: unknown class [" + name + "]");
            };
        }
    }

    record Tokens(String name, UnaryOperator<TokenStream> wrap) implements TokenFilterFactory {
        @Override
        public TokenStream create(TokenStream in) {
            return wrap.apply(in);
        }
    }

    record NormalizingTokens(String name, UnaryOperator<TokenStream> wrap) implements NormalizingTokenFilterFactory {
        @Override
        public TokenStream create(TokenStream in) {
            return wrap.apply(in);
        }
    }

    /** Keeps the original beside the folded form in text; where a pattern or a prefix is folded there may be one only. */
    record Folding(String name, boolean keep) implements NormalizingTokenFilterFactory {
        @Override
        public TokenStream create(TokenStream in) {
            return new ASCIIFoldingFilter(in, keep);
        }

        @Override
        public TokenStream normalize(TokenStream in) {
            return new ASCIIFoldingFilter(in, false);
        }
    }

    record Chars(String name, UnaryOperator<Reader> wrap) implements CharFilterFactory {
        @Override
        public Reader create(Reader in) {
            return wrap.apply(in);
        }
    }

    record NormalizingChars(String name, UnaryOperator<Reader> wrap) implements NormalizingCharFilterFactory {
        @Override
        public Reader create(Reader in) {
            return wrap.apply(in);
        }
    }

    private static final class Fixed extends AbstractIndexAnalyzerProvider<Analyzer> {
        private final Analyzer analyzer;

        Fixed(String name, Settings settings, Analyzer analyzer) {
            super(name, settings);
            this.analyzer = analyzer;
        }

        @Override
        public Analyzer get() {
            return analyzer;
        }
    }

    /** Drops a token that the same text had before, and hands its position to the next one. */
    static final class Unique extends TokenFilter {
        private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
        private final PositionIncrementAttribute position = addAttribute(PositionIncrementAttribute.class);
        private final CharArraySet seen = new CharArraySet(8, false);

        Unique(TokenStream in) {
            super(in);
        }

        @Override
        public boolean incrementToken() throws IOException {
            int skipped = 0;
            while (input.incrementToken()) {
                if (seen.add(term.toString().toCharArray())) {
                    position.setPositionIncrement(position.getPositionIncrement() + skipped);
                    return true;
                }
                skipped += position.getPositionIncrement();
            }
            return false;
        }

        @Override
        public void reset() throws IOException {
            super.reset();
            seen.clear();
        }
    }
}
