package org.folkmoot.analysis;

import static org.folkmoot.analysis.Components.*;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.charfilter.*;
import org.apache.lucene.analysis.compound.DictionaryCompoundWordTokenFilter;
import org.apache.lucene.analysis.core.*;
import org.apache.lucene.analysis.de.*;
import org.apache.lucene.analysis.email.UAX29URLEmailTokenizer;
import org.apache.lucene.analysis.en.*;
import org.apache.lucene.analysis.et.EstonianAnalyzer;
import org.apache.lucene.analysis.fr.FrenchAnalyzer;
import org.apache.lucene.analysis.miscellaneous.*;
import org.apache.lucene.analysis.ngram.*;
import org.apache.lucene.analysis.nl.DutchAnalyzer;
import org.apache.lucene.analysis.path.*;
import org.apache.lucene.analysis.pattern.*;
import org.apache.lucene.analysis.reverse.ReverseStringFilter;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.apache.lucene.analysis.sv.*;
import org.apache.lucene.analysis.util.ElisionFilter;
import org.elasticsearch.common.regex.Regex;
import org.elasticsearch.index.analysis.Analysis;
import org.elasticsearch.index.analysis.AnalyzerProvider;
import org.elasticsearch.index.analysis.CharFilterFactory;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.index.analysis.TokenizerFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;

/**
 * Stands in for the stock module analysis-common, which the distribution from Maven Central lacks: Lucene's analysis
 * components, which it does carry, under Elasticsearch's names, settings and defaults. The server itself already has
 * the tokenizer standard, the filters stop and shingle and the analyzer standard; a name may be registered once only.
 */
public final class FolkmootAnalysisPlugin extends Plugin implements AnalysisPlugin {

    @Override
    public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
        Map<String, AnalysisProvider<TokenFilterFactory>> filters = new HashMap<>();
        normalizing(filters, "lowercase", (index, env, s) -> {
            if (s.get("language") != null) {
                throw new IllegalArgumentException("lowercase: [language] is not in the test server");
            }
            return LowerCaseFilter::new;
        });
        normalizing(filters, "uppercase", (index, env, s) -> UpperCaseFilter::new);
        normalizing(filters, "trim", (index, env, s) -> TrimFilter::new);
        normalizing(filters, "decimal_digit", (index, env, s) -> DecimalDigitFilter::new);
        normalizing(filters, "german_normalization", (index, env, s) -> GermanNormalizationFilter::new);
        normalizing(filters, "scandinavian_folding", (index, env, s) -> ScandinavianFoldingFilter::new);
        normalizing(filters, "scandinavian_normalization", (index, env, s) -> ScandinavianNormalizationFilter::new);
        normalizing(filters, "elision", (index, env, s) -> {
            CharArraySet given = Analysis.parseArticles(env, s);
            CharArraySet articles = given == null ? FrenchAnalyzer.DEFAULT_ARTICLES : given;
            return in -> new ElisionFilter(in, articles);
        });
        normalizing(filters, "pattern_replace", (index, env, s) -> {
            Pattern pattern = Regex.compile(required(s, "pattern"), s.get("flags"));
            String with = s.get("replacement", "");
            boolean all = s.getAsBoolean("all", true);
            return in -> new PatternReplaceFilter(in, pattern, with, all);
        });
        filters.put("asciifolding", (index, env, name, s) -> new Folding(name, s.getAsBoolean("preserve_original", false)));
        addStemmers(filters);
        addGrams(filters);
        addSmallFilters(filters);
        needSettings(filters, "pattern_replace", "keyword_marker", "dictionary_decompounder");
        return filters;
    }

    private static void addStemmers(Map<String, AnalysisProvider<TokenFilterFactory>> filters) {
        filter(filters, "stemmer", (index, env, s) -> stemmer(s.get("language", s.get("name", "porter"))));
        filter(filters, "snowball", (index, env, s) -> {
            String language = capitalised(s.get("language", s.get("name", "English")));
            return in -> new SnowballFilter(in, language);
        });
        filter(filters, "porter_stem", (index, env, s) -> PorterStemFilter::new);
        filter(filters, "kstem", (index, env, s) -> KStemFilter::new);
        filter(filters, "keyword_repeat", (index, env, s) -> KeywordRepeatFilter::new);
        filter(filters, "keyword_marker", (index, env, s) -> {
            CharArraySet words = new CharArraySet(s.getAsList("keywords"), s.getAsBoolean("ignore_case", false));
            return in -> new SetKeywordMarkerFilter(in, words);
        });
    }

    private static void addGrams(Map<String, AnalysisProvider<TokenFilterFactory>> filters) {
        filter(filters, "ngram", (index, env, s) -> {
            int min = s.getAsInt("min_gram", 1);
            int max = s.getAsInt("max_gram", 2);
            boolean keep = s.getAsBoolean("preserve_original", false);
            checkGrams(index, min, max);
            return in -> new NGramTokenFilter(in, min, max, keep);
        });
        filter(filters, "edge_ngram", (index, env, s) -> {
            int min = s.getAsInt("min_gram", 1);
            int max = s.getAsInt("max_gram", 2);
            boolean keep = s.getAsBoolean("preserve_original", false);
            return in -> new EdgeNGramTokenFilter(in, min, max, keep);
        });
        filter(filters, "word_delimiter_graph", (index, env, s) -> {
            int flags = wordDelimiterFlags(s);
            boolean adjust = s.getAsBoolean("adjust_offsets", true);
            List<String> words = s.getAsList("protected_words");
            CharArraySet whole = words.isEmpty() ? null : new CharArraySet(words, false);
            byte[] table = WordDelimiterIterator.DEFAULT_WORD_DELIM_TABLE;
            return in -> new WordDelimiterGraphFilter(in, adjust, table, flags, whole);
        });
        filter(filters, "dictionary_decompounder", (index, env, s) -> {
            CharArraySet words = new CharArraySet(s.getAsList("word_list"), true);
            int word = s.getAsInt("min_word_size", 5);
            int from = s.getAsInt("min_subword_size", 2);
            int to = s.getAsInt("max_subword_size", 15);
            boolean longest = s.getAsBoolean("only_longest_match", false);
            return in -> new DictionaryCompoundWordTokenFilter(in, words, word, from, to, longest);
        });
    }

    private static void addSmallFilters(Map<String, AnalysisProvider<TokenFilterFactory>> filters) {
        filter(filters, "flatten_graph", (index, env, s) -> FlattenGraphFilter::new);
        filter(filters, "remove_duplicates", (index, env, s) -> RemoveDuplicatesTokenFilter::new);
        filter(filters, "reverse", (index, env, s) -> ReverseStringFilter::new);
        filter(filters, "unique", (index, env, s) ->
            s.getAsBoolean("only_on_same_position", false) ? RemoveDuplicatesTokenFilter::new : Unique::new);
        filter(filters, "length", (index, env, s) -> {
            int min = s.getAsInt("min", 0);
            int max = s.getAsInt("max", Integer.MAX_VALUE);
            return in -> new LengthFilter(in, min, max);
        });
        filter(filters, "truncate", (index, env, s) -> {
            int length = s.getAsInt("length", 10);
            return in -> new TruncateTokenFilter(in, length);
        });
    }

    @Override
    public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
        Map<String, AnalysisProvider<TokenizerFactory>> tokenizers = new HashMap<>();
        tokenizer(tokenizers, "keyword", (index, s) -> KeywordTokenizer::new);
        tokenizer(tokenizers, "letter", (index, s) -> LetterTokenizer::new);
        tokenizer(tokenizers, "whitespace", (index, s) -> {
            int longest = s.getAsInt("max_token_length", 255);
            return () -> new WhitespaceTokenizer(Tokenizer.DEFAULT_TOKEN_ATTRIBUTE_FACTORY, longest);
        });
        tokenizer(tokenizers, "uax_url_email", (index, s) -> () -> {
            UAX29URLEmailTokenizer made = new UAX29URLEmailTokenizer();
            made.setMaxTokenLength(s.getAsInt("max_token_length", 255));
            return made;
        });
        tokenizer(tokenizers, "pattern", (index, s) -> {
            Pattern pattern = Regex.compile(s.get("pattern", "\\W+"), s.get("flags"));
            int group = s.getAsInt("group", -1);
            return () -> new PatternTokenizer(pattern, group);
        });
        tokenizer(tokenizers, "path_hierarchy", (index, s) -> {
            char delimiter = s.get("delimiter", "/").charAt(0);
            char with = s.get("replacement", String.valueOf(delimiter)).charAt(0);
            int skip = s.getAsInt("skip", 0);
            boolean reverse = s.getAsBoolean("reverse", false);
            return () -> reverse
                ? new ReversePathHierarchyTokenizer(delimiter, with, skip)
                : new PathHierarchyTokenizer(delimiter, with, skip);
        });
        addGramTokenizers(tokenizers);
        return tokenizers;
    }

    private static void addGramTokenizers(Map<String, AnalysisProvider<TokenizerFactory>> tokenizers) {
        tokenizer(tokenizers, "ngram", (index, s) -> {
            int min = s.getAsInt("min_gram", 1);
            int max = s.getAsInt("max_gram", 2);
            TokenChars chars = TokenChars.of(s);
            checkGrams(index, min, max);
            return () -> new NGramTokenizer(min, max) {
                @Override
                protected boolean isTokenChar(int c) {
                    return chars.matches(c);
                }
            };
        });
        tokenizer(tokenizers, "edge_ngram", (index, s) -> {
            int min = s.getAsInt("min_gram", 1);
            int max = s.getAsInt("max_gram", 2);
            TokenChars chars = TokenChars.of(s);
            return () -> new EdgeNGramTokenizer(min, max) {
                @Override
                protected boolean isTokenChar(int c) {
                    return chars.matches(c);
                }
            };
        });
    }

    @Override
    public Map<String, AnalysisProvider<CharFilterFactory>> getCharFilters() {
        Map<String, AnalysisProvider<CharFilterFactory>> filters = new HashMap<>();
        filters.put("html_strip", (index, env, name, s) -> {
            Set<String> escaped = Set.copyOf(s.getAsList("escaped_tags"));
            return new Chars(name, in -> new HTMLStripCharFilter(in, escaped));
        });
        filters.put("mapping", (index, env, name, s) -> {
            NormalizeCharMap map = charMap(s.getAsList("mappings"));
            return new NormalizingChars(name, in -> new MappingCharFilter(map, in));
        });
        filters.put("pattern_replace", (index, env, name, s) -> {
            Pattern pattern = Regex.compile(required(s, "pattern"), s.get("flags"));
            String with = s.get("replacement", "");
            return new NormalizingChars(name, in -> new PatternReplaceCharFilter(pattern, with, in));
        });
        needSettings(filters, "mapping", "pattern_replace");
        return filters;
    }

    @Override
    public Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> getAnalyzers() {
        Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> all = new HashMap<>();
        CharArraySet none = CharArraySet.EMPTY_SET;
        analyzer(all, "keyword", none, (stop, stems) -> new KeywordAnalyzer());
        analyzer(all, "whitespace", none, (stop, stems) -> new WhitespaceAnalyzer());
        analyzer(all, "simple", none, (stop, stems) -> new SimpleAnalyzer());
        analyzer(all, "stop", EnglishAnalyzer.ENGLISH_STOP_WORDS_SET, (stop, stems) -> new StopAnalyzer(stop));
        analyzer(all, "english", EnglishAnalyzer.getDefaultStopSet(), EnglishAnalyzer::new);
        analyzer(all, "estonian", EstonianAnalyzer.getDefaultStopSet(), EstonianAnalyzer::new);
        analyzer(all, "swedish", SwedishAnalyzer.getDefaultStopSet(), SwedishAnalyzer::new);
        analyzer(all, "dutch", DutchAnalyzer.getDefaultStopSet(), DutchAnalyzer::new);
        analyzer(all, "german", GermanAnalyzer.getDefaultStopSet(), GermanAnalyzer::new);
        return all;
    }
}
