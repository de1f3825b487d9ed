package io.cloudsqlite.cli;

import io.cloudsqlite.aws.AwsClients;
import io.cloudsqlite.aws.DynamoDbLockManager;
import io.cloudsqlite.aws.S3BlobStore;
import io.cloudsqlite.store.BlobRules;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * {@code s3://BUCKET[/PREFIX][?region=REGION&endpoint=URL&lock-endpoint=URL]}: a bucket, with the locks in a DynamoDB table.
 *
 * <p>What it does not say comes from where the AWS SDK always looks: {@code AWS_REGION}, {@code AWS_PROFILE}, {@code
 * AWS_ENDPOINT_URL_DYNAMODB} and the like.
 *
 * @param prefix what the keys of the databases begin with, without the slash that follows it; may be empty
 * @param endpoint of a server other than AWS for the objects, which is asked in path style
 * @param lockEndpoint of a server other than AWS for the locks
 */
record S3Url(String bucket, String prefix, Optional<String> region, Optional<URI> endpoint, Optional<URI> lockEndpoint)
        implements StoreUrl {

    static final String SCHEME = "s3://";

    private static final Pattern URL =
            Pattern.compile("s3://(?<bucket>[^/?#]*)(?:/(?<prefix>[^?#]*))?(?:\\?(?<query>[^#]*))?");

    /** With the upper case and underscores that only old buckets have, and servers other than AWS. */
    private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,254}");

    private static final Pattern REGION = Pattern.compile("[a-z0-9-]+");

    private static final Set<String> PARAMETERS = Set.of("region", "endpoint", "lock-endpoint");

    /**
     * Reads a URL that begins with {@link #SCHEME}.
     *
     * @throws IllegalArgumentException if it is not valid
     */
    static S3Url parse(String url) {
        Matcher matcher = URL.matcher(url);
        if (!matcher.matches()) {
            throw invalid(url, "it is not of the form s3://BUCKET[/PREFIX][?PARAMETERS]");
        }
        String bucket = matcher.group("bucket");
        if (!BUCKET.matcher(bucket).matches()) {
            throw invalid(url, "'" + bucket + "' is not the name of a bucket");
        }
        String prefix = Optional.ofNullable(matcher.group("prefix")).orElse("").replaceFirst("/$", "");
        if (!prefix.isEmpty() && !BlobRules.isKey(prefix)) {
            throw invalid(url, "the prefix '" + prefix + "' is not valid");
        }
        Map<String, String> parameters =
                parameters(url, Optional.ofNullable(matcher.group("query")).orElse(""));
        Optional<String> region = Optional.ofNullable(parameters.get("region"));
        if (region.isPresent() && !REGION.matcher(region.get()).matches()) {
            throw invalid(url, "'" + region.get() + "' is not a region");
        }
        return new S3Url(
                bucket,
                prefix,
                region,
                endpoint(url, parameters, "endpoint"),
                endpoint(url, parameters, "lock-endpoint"));
    }

    private static Map<String, String> parameters(String url, String query) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String parameter : query.isEmpty() ? new String[0] : query.split("&", -1)) {
            String[] nameAndValue = parameter.split("=", 2);
            if (nameAndValue.length < 2 || !PARAMETERS.contains(nameAndValue[0])) {
                throw invalid(
                        url, "'" + parameter + "' is not one of region=REGION, endpoint=URL and lock-endpoint=URL");
            }
            if (parameters.put(nameAndValue[0], decoded(url, nameAndValue[1])) != null) {
                throw invalid(url, nameAndValue[0] + " is there twice");
            }
        }
        return parameters;
    }

    private static String decoded(String url, String value) {
        try {
            return URLDecoder.decode(value, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw invalid(url, "'" + value + "' is not well encoded");
        }
    }

    private static Optional<URI> endpoint(String url, Map<String, String> parameters, String name) {
        String value = parameters.get(name);
        if (value == null) {
            return Optional.empty();
        }
        try {
            URI endpoint = URI.create(value);
            String scheme = String.valueOf(endpoint.getScheme());
            if (endpoint.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
                return Optional.of(endpoint);
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        throw invalid(url, name + " is not a URL such as http://127.0.0.1:9000");
    }

    private static IllegalArgumentException invalid(String url, String why) {
        return new IllegalArgumentException("'" + url + "' is not a store in S3: " + why);
    }

    /** The clients live as long as the process: a command opens one store. */
    @Override
    public OpenStore open(String lockTable) {
        AwsClients clients = AwsClients.standard().withCredentials(credentials());
        AwsClients regional = region.map(clients::withRegion).orElse(clients);
        try {
            return new OpenStore(
                    new S3BlobStore(
                            endpoint.map(regional::withEndpoint)
                                    .orElse(regional)
                                    .s3(),
                            bucket,
                            prefix),
                    new DynamoDbLockManager(
                            lockEndpoint
                                    .map(regional::withEndpoint)
                                    .orElse(regional)
                                    .dynamoDb(),
                            lockTable));
        } catch (SdkClientException e) {
            throw failed("no AWS region was found: set AWS_REGION, or add ?region=REGION to the store's URL", e);
        }
    }

    /** Looked up at once: that there are none is told before anything else fails for want of them. */
    private AwsCredentialsProvider credentials() {
        AwsCredentialsProvider credentials =
                DefaultCredentialsProvider.builder().build();
        try {
            credentials.resolveCredentials();
            return credentials;
        } catch (SdkClientException e) {
            throw failed(
                    "no AWS credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
                    e);
        }
    }

    private CommandFailedException failed(String why, SdkClientException e) {
        return new CommandFailedException("cannot open " + this + ": " + why, e);
    }

    /** The bucket and the prefix, which is what messages are about. */
    @Override
    public String toString() {
        return SCHEME + bucket + (prefix.isEmpty() ? "" : "/" + prefix);
    }
}
